//! Deployment: whole, shown first, and without effect the second time.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use domain::PhoneNumber;
use secrecy::ExposeSecret as _;

use super::{Checked, World, missing};
use crate::{
    Change, DeployWanted, DialogMode, SECRET_BACKEND_URL, ScenarioFile, ScenarioId, VoximplantError,
    WantedApplication, apply_deploy, plan_deploy,
};

const SECRET: &str = "hunter2-hunter2";

fn wanted() -> Result<DeployWanted, VoximplantError> {
    let url = "https://calls.example.ru/".parse();
    Ok(DeployWanted {
        application: WantedApplication::Named("zvonar".into()),
        backend_url: url.map_err(|_| missing("address"))?,
        backend_secret: SECRET.to_owned().into(),
        caller_id: PhoneNumber::parse("+74950001200").ok_or_else(|| missing("number"))?,
        inbound: Some(DialogMode::Turns),
        secure_records: true,
    })
}

/// Application, three secrets, two scenarios, two rules; then it is as it was wanted.
pub async fn a_deployment_from_nothing_is_whole_and_the_second_changes_nothing(world: &World) -> Checked {
    let wanted = wanted()?;
    let plan = plan_deploy(&*world.api, &wanted).await?;
    assert_eq!((plan.changes.len(), plan.application), (8, None), "{plan}");
    let done = apply_deploy(&*world.api, &wanted, &plan).await?;
    assert_eq!(done.changes, 8);
    let rules = world.api.rules(done.application).await?;
    let told: Vec<_> = rules
        .iter()
        .map(|rule| {
            (
                rule.name.as_str(),
                rule.pattern.as_str(),
                rule.scenarios.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("zvonar-turns", ".*", vec!["OutboundCallStreaming"]),
            ("zvonar-realtime", "^zvonar-realtime$", vec!["OutboundCallBridge"]),
        ]
    );
    assert_eq!(done.rule(DialogMode::Turns), rules.first().map(|rule| rule.id));
    for (file, rule) in ScenarioFile::ALL.iter().zip(&rules) {
        let id = rule.scenarios.first().map_or(ScenarioId(0), |scenario| scenario.id);
        assert_eq!(world.api.scenario_script(done.application, id).await?, file.script);
    }
    let again = plan_deploy(&*world.api, &wanted).await?;
    assert!(again.is_empty(), "{again}");
    let asked = world.fake.requests();
    assert_eq!(apply_deploy(&*world.api, &wanted, &again).await?.changes, 0);
    for method in ["AddScenario", "SetScenarioInfo", "AddRule", "SetSecretInfo", "BindScenario"] {
        assert_eq!(world.fake.requests().get(method), asked.get(method), "{method}");
    }
    Ok(())
}

/// Another address, an edited scenario, a foreign one on our rule, another mode for incoming calls.
pub async fn a_deployment_mends_what_differs(world: &World) -> Checked {
    let first = wanted()?;
    let plan = plan_deploy(&*world.api, &first).await?;
    let done = apply_deploy(&*world.api, &first, &plan).await?;
    let application = done.application;
    let turns = done.rule(DialogMode::Turns).ok_or_else(|| missing("rule"))?;
    let scenarios = world.api.scenarios(application).await?;
    let ours = scenarios.first().ok_or_else(|| missing("scenario"))?.id;
    world.api.set_scenario_script(ours, "// edited by hand\n").await?;
    let foreign = world.api.add_scenario(application, "Foreign", "1").await?;
    world.api.bind_scenarios(application, turns, &[foreign], true).await?;
    let second = DeployWanted {
        backend_url: "https://other.example.ru".parse().map_err(|_| missing("address"))?,
        inbound: Some(DialogMode::Realtime),
        application: WantedApplication::Id(application),
        ..first
    };
    let plan = plan_deploy(&*world.api, &second).await?;
    let shown = plan.to_string();
    for words in [
        "~ secret zvonar_backend_url (now https://calls.example.ru)",
        "~ scenario OutboundCallStreaming",
        "    - // edited by hand",
        "- rule zvonar-turns: Foreign no longer bound",
        "~ rule zvonar-turns: pattern .* becomes ^zvonar-turns$",
        "~ rule zvonar-realtime: pattern ^zvonar-realtime$ becomes .*",
    ] {
        assert!(shown.contains(words), "{words} is not in:\n{shown}");
    }
    assert_eq!(plan.changes.len(), 5, "{shown}");
    apply_deploy(&*world.api, &second, &plan).await?;
    assert!(plan_deploy(&*world.api, &second).await?.is_empty());
    let secrets = world.api.secrets(application).await?;
    let url =
        secrets.iter().find(|secret| secret.name == SECRET_BACKEND_URL).ok_or_else(|| missing("secret"))?;
    assert_eq!(
        world.api.secret_value(application, url.id).await?.expose_secret(),
        "https://other.example.ru"
    );
    Ok(())
}

/// An id is never made up for; a name is.
pub async fn a_deployment_needs_its_application(world: &World) -> Checked {
    let wanted = DeployWanted { application: WantedApplication::Id(crate::ApplicationId(1)), ..wanted()? };
    let answer = plan_deploy(&*world.api, &wanted).await;
    assert!(matches!(answer, Err(VoximplantError::Setup { .. })), "{answer:?}");
    Ok(())
}

/// Neither the old one nor the new one.
pub async fn a_plan_shows_no_secret(world: &World) -> Checked {
    let first = wanted()?;
    let plan = plan_deploy(&*world.api, &first).await?;
    apply_deploy(&*world.api, &first, &plan).await?;
    let second = DeployWanted { backend_secret: "another-secret".to_owned().into(), ..first };
    let changed = plan_deploy(&*world.api, &second).await?;
    assert!(matches!(changed.changes.as_slice(), [Change::SetSecret { old: None, .. }]), "{changed}");
    for plan in [plan, changed] {
        let shown = format!("{plan} {plan:?} {second:?}");
        assert!(!shown.contains(SECRET) && !shown.contains("another-secret"), "{shown}");
    }
    Ok(())
}
