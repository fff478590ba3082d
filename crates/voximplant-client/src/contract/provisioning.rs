//! What stands in an account is made, read and changed.

#![expect(clippy::missing_errors_doc, reason = "a behaviour fails with what the API failed with")]

use secrecy::{ExposeSecret as _, SecretString};

use super::{Checked, World, missing};
use crate::{Amount, ApplicationId, NewRule, RuleId, ScenarioId, VoximplantError, testing::FakeVoximplant};

/// The cheapest test of a key.
pub async fn the_account_tells_its_number_and_money(world: &World) -> Checked {
    world.fake.set_balance(1_234_500_000);
    let account = world.api.account().await?;
    assert_eq!(
        (account.id, account.balance),
        (FakeVoximplant::ACCOUNT, Some(Amount { micros: 1_234_500_000 }))
    );
    assert_eq!(
        (account.currency.as_deref(), account.active, account.frozen),
        (Some("RUR"), Some(true), false)
    );
    Ok(())
}

/// Byte for byte, whatever letters they hold.
pub async fn scenarios_are_made_read_and_replaced(world: &World) -> Checked {
    let application = world.api.add_application("contract", true).await?;
    let found = world.api.applications().await?;
    assert_eq!(
        found.iter().map(|app| (app.id, app.name.as_str(), app.secure_records)).collect::<Vec<_>>(),
        [(application, "contract", Some(true))]
    );
    let script = "// «Здравствуйте» & more=1; a+b\nVoxEngine.terminate();\n";
    let id = world.api.add_scenario(application, "Hello", script).await?;
    assert_eq!(world.api.scenario_script(application, id).await?, script);
    world.api.set_scenario_script(id, "// иначе").await?;
    assert_eq!(world.api.scenario_script(application, id).await?, "// иначе");
    let names: Vec<_> =
        world.api.scenarios(application).await?.into_iter().map(|one| (one.id, one.name)).collect();
    assert_eq!(names, [(id, "Hello".to_owned())]);
    Ok(())
}

/// Binding twice and unbinding what is not bound are successes.
pub async fn rules_are_made_bound_and_unbound(world: &World) -> Checked {
    let (application, rule) = world.rule().await?;
    let other = world.api.add_scenario(application, "Other", "1").await?;
    for _ in 0..2 {
        world.api.bind_scenarios(application, rule, &[other], true).await?;
    }
    let bound = async || -> Result<Vec<String>, VoximplantError> {
        let rules = world.api.rules(application).await?;
        let rule = rules.into_iter().find(|known| known.id == rule).ok_or_else(|| missing("rule"))?;
        Ok(rule.scenarios.into_iter().map(|scenario| scenario.name).collect())
    };
    assert_eq!(bound().await?, ["Hello", "Other"]);
    for _ in 0..2 {
        world.api.bind_scenarios(application, rule, &[other], false).await?;
    }
    assert_eq!(bound().await?, ["Hello"]);
    world.api.set_rule_pattern(rule, "^7495.*$").await?;
    assert_eq!(
        world.api.rules(application).await?.first().map(|rule| rule.pattern.clone()),
        Some("^7495.*$".into())
    );
    Ok(())
}

/// Values are read back as they were.
pub async fn secrets_are_kept_and_replaced(world: &World) -> Checked {
    let application = world.api.add_application("contract", false).await?;
    let value = SecretString::from("пароль+&=%".to_owned());
    let id = world.api.add_secret(application, "zvonar_backend_secret", &value).await?;
    assert_eq!(world.api.secret_value(application, id).await?.expose_secret(), value.expose_secret());
    world.api.set_secret(application, id, &"other".to_owned().into()).await?;
    assert_eq!(world.api.secret_value(application, id).await?.expose_secret(), "other");
    let names: Vec<_> = world.api.secrets(application).await?.into_iter().map(|secret| secret.name).collect();
    assert_eq!(names, ["zvonar_backend_secret"]);
    Ok(())
}

/// Of an application, a scenario, a rule.
pub async fn taken_names_are_told(world: &World) -> Checked {
    let (application, _) = world.rule().await?;
    let rule = NewRule { name: "hello".into(), pattern: ".*".into(), scenarios: Vec::new() };
    let answers = [
        world.api.add_application("contract", false).await.map(drop),
        world.api.add_scenario(application, "Hello", "1").await.map(drop),
        world.api.add_rule(application, &rule).await.map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(VoximplantError::Taken { .. })), "{answer:?}");
    }
    Ok(())
}

/// A script over 128 KB, a pattern that is none, a secret's name with a dash.
pub async fn what_the_platform_would_not_keep_is_invalid(world: &World) -> Checked {
    let (application, rule) = world.rule().await?;
    let answers = [
        world.api.add_scenario(application, "Long", &"x".repeat(128 * 1024)).await.map(drop),
        world.api.set_rule_pattern(rule, "(7495").await,
        world.api.add_secret(application, "zvonar-secret", &"x".to_owned().into()).await.map(drop),
        world.api.add_application("Имя", false).await.map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(VoximplantError::Invalid { .. })), "{answer:?}");
    }
    Ok(())
}

/// Ids that nobody knows.
pub async fn what_is_not_there_is_a_matter_of_setup(world: &World) -> Checked {
    let application = world.api.add_application("contract", false).await?;
    let answers = [
        world.api.scenarios(ApplicationId(1)).await.map(drop),
        world.api.rules(ApplicationId(1)).await.map(drop),
        world.api.scenario_script(application, ScenarioId(1)).await.map(drop),
        world.api.set_scenario_script(ScenarioId(1), "1").await,
        world.api.set_rule_pattern(RuleId(1), ".*").await,
        world.api.bind_scenarios(application, RuleId(1), &[ScenarioId(1)], true).await,
    ];
    for answer in answers {
        assert!(
            matches!(&answer, Err(error @ VoximplantError::Setup { .. }) if !error.is_retryable()),
            "{answer:?}"
        );
    }
    Ok(())
}

/// With their salt.
pub async fn callbacks_are_set(world: &World) -> Checked {
    world.api.set_callback("https://calls.example.ru/voximplant/account", &"соль".to_owned().into()).await?;
    let set = world.fake.callback().map(|(url, salt)| (url, salt.expose_secret().to_owned()));
    assert_eq!(set, Some(("https://calls.example.ru/voximplant/account".into(), "соль".into())));
    Ok(())
}

/// The platform's own page is 20.
pub async fn lists_longer_than_a_page_are_read_to_their_end(world: &World) -> Checked {
    for number in 0..45 {
        world.fake.add_application_named(&format!("app-{number}"), false);
    }
    assert_eq!(world.api.applications().await?.len(), 45);
    Ok(())
}
