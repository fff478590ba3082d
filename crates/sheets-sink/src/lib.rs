//! Google Sheets v4 as rows written exactly once.
