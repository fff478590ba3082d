//! UIS and CoMagic Data API.
