//! Campaigns: a number is one lead, changed by one at a time, and not rung anew once it is erased.

use domain::{CallId, Money};

use super::sample::{at, erase, phone};
use crate::{Campaign, CampaignLead, LeadStage, Store, lead_key};

fn campaign(name: &str) -> Campaign {
    Campaign { name: name.to_owned(), body: "{}".to_owned(), paused: false, begun_at: at(0) }
}

fn lead(campaign: &str, number: &str) -> CampaignLead {
    let phone = phone(number);
    CampaignLead {
        campaign: campaign.to_owned(),
        key: lead_key(campaign, &phone),
        version: 0,
        stage: LeadStage::Waiting,
        phone: Some(phone),
        call: None,
        due_at: at(0),
        cost: Vec::new(),
        body: "{}".to_owned(),
    }
}

fn money(text: &str) -> Money {
    text.parse().expect("money")
}

async fn sorted(store: &dyn Store, campaign: &str) -> Vec<CampaignLead> {
    let mut leads = store.leads(campaign).await.unwrap();
    leads.sort_by(|one, other| one.phone.cmp(&other.phone));
    leads
}

pub async fn a_campaign_begins_once_and_is_stopped_by_a_person(store: &dyn Store) {
    assert_eq!(store.begin_campaign(&campaign("a")).await.unwrap(), campaign("a"));
    let again = Campaign { body: "another".to_owned(), ..campaign("a") };
    assert_eq!(store.begin_campaign(&again).await.unwrap(), campaign("a"), "the first stays");
    assert!(store.pause_campaign("a", true).await.unwrap());
    assert!(store.campaign("a").await.unwrap().unwrap().paused);
    assert!(store.pause_campaign("a", false).await.unwrap());
    assert!(!store.campaign("a").await.unwrap().unwrap().paused);
    assert!(!store.pause_campaign("nobody", true).await.unwrap());
    assert_eq!(store.campaign("nobody").await.unwrap(), None);
}

pub async fn a_number_is_one_lead_of_a_campaign(store: &dyn Store) {
    for name in ["a", "b"] {
        store.begin_campaign(&campaign(name)).await.unwrap();
    }
    let (one, other) = (lead("a", "+79161234567"), lead("a", "+79990000000"));
    assert_eq!(store.add_leads(&[one.clone(), other.clone(), one.clone()]).await.unwrap(), 2);
    let begun = CampaignLead { stage: LeadStage::Calling, ..one.clone() };
    assert!(store.save_lead(&begun).await.unwrap());
    assert_eq!(store.add_leads(std::slice::from_ref(&one)).await.unwrap(), 0, "it is there and stays");
    let kept = sorted(store, "a").await;
    assert_eq!(kept, [CampaignLead { version: 1, ..begun }, other]);
    assert_eq!(store.add_leads(&[lead("b", "+79161234567")]).await.unwrap(), 1, "another campaign");
    assert_eq!(store.leads("nobody").await.unwrap(), []);
    assert_eq!(store.add_leads(&[]).await.unwrap(), 0);
}

pub async fn who_changes_a_lead_has_read_it(store: &dyn Store) {
    store.begin_campaign(&campaign("a")).await.unwrap();
    store.add_leads(&[lead("a", "+79161234567")]).await.unwrap();
    let mut first = CampaignLead {
        stage: LeadStage::Settled,
        call: Some(CallId::derive("voximplant", "1")),
        due_at: at(7),
        cost: vec![money("1.5RUB"), money("0.02USD")],
        body: "first".to_owned(),
        ..lead("a", "+79161234567")
    };
    assert!(store.save_lead(&first).await.unwrap());
    let second = CampaignLead { body: "second".to_owned(), ..lead("a", "+79161234567") };
    assert!(!store.save_lead(&second).await.unwrap(), "it was overtaken");
    first.version = 1;
    assert_eq!(store.leads("a").await.unwrap(), [first]);
    assert!(!store.save_lead(&lead("a", "+79990000000")).await.unwrap(), "nobody");
}

pub async fn an_erased_lead_stays_without_its_number(store: &dyn Store) {
    store.begin_campaign(&campaign("a")).await.unwrap();
    let told =
        CampaignLead {
            cost: vec![money("2RUB")], body: "слова".to_owned(), ..lead("a", "+79161234567")
        };
    store.add_leads(&[told.clone(), lead("a", "+79990000000")]).await.unwrap();
    erase(store, "+79161234567", 1).await;
    let leads = store.leads("a").await.unwrap();
    let erased = leads.iter().find(|lead| lead.key == told.key).unwrap();
    assert_eq!((erased.stage, &erased.phone, erased.body.as_str()), (LeadStage::Erased, &None, ""));
    assert_eq!(erased.cost, [money("2RUB")], "the bill stays");
    assert!(!store.save_lead(&CampaignLead { version: erased.version, ..told.clone() }).await.unwrap());
    assert_eq!(store.add_leads(&[told]).await.unwrap(), 0, "the same list does not bring it back");
    assert_eq!(leads.iter().filter(|lead| lead.stage == LeadStage::Waiting).count(), 1);
}
