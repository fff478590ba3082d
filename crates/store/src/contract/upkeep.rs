//! Settings and the audit log.

use super::sample::at;
use crate::Store;

pub async fn settings_and_audit_are_kept(store: &dyn Store) {
    assert_eq!(store.setting("cursor/uis").await.unwrap(), None);
    store.set_setting("cursor/uis", "1").await.unwrap();
    store.set_setting("cursor/uis", "2").await.unwrap();
    assert_eq!(store.setting("cursor/uis").await.unwrap().as_deref(), Some("2"));
    store.audit("anna", "override", "call 1", at(1)).await.unwrap();
    store.audit("boris", "retry", "queue", at(2)).await.unwrap();
    let log = store.audit_log(1).await.unwrap();
    assert_eq!((log.len(), log[0].who.as_str(), log[0].at), (1, "boris", at(2)));
}
