//! The contract, on the double of the port and on the live client.

use sheets_sink::testing::{FakeRows, contract};

use crate::stage::Stage;

macro_rules! behaviours {
    ($($name:ident),* $(,)?) => {
        mod rows {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let rows = FakeRows::new(contract::spec());
                contract::$name(&rows, &rows).await.unwrap();
            })*
        }
        mod sheets {
            use super::*;
            $(#[tokio::test(start_paused = true)]
            async fn $name() {
                let stage = Stage::new();
                contract::$name(&stage.sink, &stage.person()).await.unwrap();
            })*
        }
    };
}

behaviours!(
    rows_are_written_once,
    a_late_change_mends_its_row,
    a_persons_cell_stays,
    an_emptied_row_says_nothing_of_ours,
    a_deleted_row_stays_deleted,
    typed_scores_are_read_back,
    preparing_is_harmless,
    nonsense_is_refused,
);
