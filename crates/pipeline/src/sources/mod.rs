//! Sources that are part of the pipeline.
