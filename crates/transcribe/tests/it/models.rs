//! The folder of models: conversion, import, pull, verify; hostile files.

use std::{fs, path::Path};

use http_client::{HttpClient, HttpClientConfig, NoProgress};
use transcribe::models::{GgmlModel, ModelError, ModelState, ModelStore, inspect};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// A `CTranslate2` Whisper of four tiny layers.
pub(crate) mod synthetic {
    use std::{fs, path::Path};

    const WIDTH: u32 = 32;
    const LAYERS: u32 = 4;

    /// Writes `a/data/model.bin.part1`, `b/data/model.bin.part2` and the vocabulary below `folder`, as two
    /// Python packages would be unpacked.
    pub(crate) fn write(folder: &Path) {
        let model = model(&variables());
        let (one, two) = model.split_at(model.len() / 3);
        for (place, name, bytes) in [("a/data", "model.bin.part1", one), ("b/data", "model.bin.part2", two)] {
            fs::create_dir_all(folder.join(place)).unwrap();
            fs::write(folder.join(place).join(name), bytes).unwrap();
        }
        fs::write(folder.join("a/data/vocabulary.txt"), vocabulary()).unwrap();
    }

    /// Words enough for a multilingual model.
    pub(crate) fn vocabulary() -> String {
        let words = ["Ġ", "Ġ-", "Ġ'"].into_iter().map(ToOwned::to_owned);
        words.chain((0..51_865).map(|n| format!("Ġt{n}"))).collect::<Vec<_>>().join("\n")
    }

    pub(crate) type Variable = (String, Vec<u32>, u8, Vec<u8>);

    pub(crate) fn model(variables: &[Variable]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(6_u32.to_le_bytes());
        text(&mut out, "WhisperSpec");
        out.extend(3_u32.to_le_bytes());
        out.extend(u32::try_from(variables.len()).unwrap().to_le_bytes());
        for (name, dims, kind, bytes) in variables {
            text(&mut out, name);
            out.push(u8::try_from(dims.len()).unwrap());
            out.extend(dims.iter().flat_map(|dim| dim.to_le_bytes()));
            out.push(*kind);
            out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
            out.extend(bytes);
        }
        out.extend(1_u32.to_le_bytes());
        text(&mut out, "decoder/projection/weight");
        text(&mut out, "decoder/embeddings/weight");
        out
    }

    pub(crate) fn variables() -> Vec<Variable> {
        let mut all = Vec::new();
        weight(&mut all, "encoder/position_encodings/encodings", &[1500, WIDTH]);
        weight(&mut all, "encoder/conv1/weight", &[WIDTH, 80, 3]);
        weight(&mut all, "encoder/conv1/bias", &[WIDTH]);
        weight(&mut all, "encoder/conv2/weight", &[WIDTH, WIDTH, 3]);
        weight(&mut all, "encoder/conv2/bias", &[WIDTH]);
        weight(&mut all, "decoder/position_encodings/encodings", &[448, WIDTH]);
        weight(&mut all, "decoder/embeddings/weight", &[51_865, WIDTH]);
        for side in ["encoder", "decoder"] {
            all.push((format!("{side}/num_heads"), vec![], 2, 1_i16.to_le_bytes().to_vec()));
            norm(&mut all, &format!("{side}/layer_norm"));
            for n in 0..LAYERS {
                let layer = format!("{side}/layer_{n}");
                norm(&mut all, &format!("{layer}/self_attention/layer_norm"));
                fused(&mut all, &format!("{layer}/self_attention/linear_0"), 3, 1);
                fused(&mut all, &format!("{layer}/self_attention/linear_1"), 1, 9);
                if side == "decoder" {
                    norm(&mut all, &format!("{layer}/attention/layer_norm"));
                    fused(&mut all, &format!("{layer}/attention/linear_0"), 1, 9);
                    fused(&mut all, &format!("{layer}/attention/linear_1"), 2, 0);
                    fused(&mut all, &format!("{layer}/attention/linear_2"), 1, 9);
                }
                norm(&mut all, &format!("{layer}/ffn/layer_norm"));
                weight(&mut all, &format!("{layer}/ffn/linear_0/weight"), &[4 * WIDTH, WIDTH]);
                weight(&mut all, &format!("{layer}/ffn/linear_0/bias"), &[4 * WIDTH]);
                weight(&mut all, &format!("{layer}/ffn/linear_1/weight"), &[WIDTH, 4 * WIDTH]);
                weight(&mut all, &format!("{layer}/ffn/linear_1/bias"), &[WIDTH]);
            }
        }
        all
    }

    fn norm(all: &mut Vec<Variable>, name: &str) {
        weight(all, &format!("{name}/gamma"), &[WIDTH]);
        weight(all, &format!("{name}/beta"), &[WIDTH]);
    }

    /// `parts` matrices under each other; the bias of part `key` is zero.
    fn fused(all: &mut Vec<Variable>, name: &str, parts: u32, key: u32) {
        weight(all, &format!("{name}/weight"), &[parts * WIDTH, WIDTH]);
        let bias = (0..parts * WIDTH).map(|n| if n / WIDTH == key { 0.0 } else { 0.25 });
        let bytes = bias.flat_map(f32::to_le_bytes).collect();
        all.push((format!("{name}/bias"), vec![parts * WIDTH], 0, bytes));
    }

    /// Values that differ from place to place, in f32.
    fn weight(all: &mut Vec<Variable>, name: &str, dims: &[u32]) {
        let seed = u32::try_from(all.len()).unwrap();
        let count = dims.iter().product::<u32>();
        let value =
            |n: u32| f32::from(u16::try_from((n.wrapping_mul(31) + seed) % 101).unwrap()) / 1000.0 - 0.05;
        let bytes = (0..count).flat_map(|n| value(n).to_le_bytes()).collect();
        all.push((name.to_owned(), dims.to_vec(), 0, bytes));
    }

    fn text(out: &mut Vec<u8>, text: &str) {
        out.extend(u16::try_from(text.len() + 1).unwrap().to_le_bytes());
        out.extend(text.as_bytes());
        out.push(0);
    }
}

fn http() -> HttpClient {
    HttpClient::new(HttpClientConfig::default()).unwrap()
}

fn leftovers(dir: &Path) -> Vec<String> {
    let names =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn weights_cut_into_parts_are_imported_and_pass_inspection() {
    let folder = tempfile::tempdir().unwrap();
    synthetic::write(folder.path());
    let store = ModelStore::new(folder.path().join("models"));
    let info = store.import(folder.path(), Some("tiny-noise")).await.unwrap();
    assert_eq!(info.state, ModelState::Unverified, "nobody vouches for these weights");
    let path = store.path("tiny-noise").unwrap();
    assert_eq!(inspect(&path).unwrap(), GgmlModel { size: "tiny", multilingual: true, weights: "q8_0" });
    assert_eq!(leftovers(&folder.path().join("models")), ["tiny-noise.bin", "tiny-noise.toml"]);
    assert_eq!(store.verify("tiny-noise").await.unwrap(), info);

    let f16 = store.import(folder.path(), Some("noise-f16")).await.unwrap();
    assert_eq!(inspect(&f16.path.unwrap()).unwrap().weights, "f16");
}

#[tokio::test]
async fn the_same_weights_give_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    synthetic::write(folder.path());
    let store = ModelStore::new(folder.path().join("models"));
    let one = store.import(folder.path(), Some("one")).await.unwrap();
    let two = store.import(&folder.path().join("models/one.bin"), Some("two")).await.unwrap();
    assert_eq!(one.sha256, two.sha256, "a ggml file is taken as it is");
    let whole = folder.path().join("whole");
    fs::create_dir(&whole).unwrap();
    fs::write(whole.join("model.bin"), synthetic::model(&synthetic::variables())).unwrap();
    let words: Vec<String> = synthetic::vocabulary().lines().map(ToOwned::to_owned).collect();
    fs::write(whole.join("vocabulary.json"), serde_json::to_string(&words).unwrap()).unwrap();
    let three = store.import(&whole.join("model.bin"), None).await.unwrap();
    assert_eq!((three.name.as_str(), three.sha256), ("whole", one.sha256));
}

#[tokio::test]
async fn later_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    synthetic::write(folder.path());
    let store = ModelStore::new(folder.path().join("models"));
    let path = store.import(folder.path(), Some("noise")).await.unwrap().path.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(store.verify("noise").await, Err(ModelError::Damaged { .. })));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let listed = store.list().unwrap();
    assert_eq!(listed.iter().find(|model| model.name == "noise").unwrap().state, ModelState::Damaged);
}

#[tokio::test]
async fn hostile_weights_are_refused_and_nothing_is_left() {
    let good = synthetic::model(&synthetic::variables());
    let with = |change: &dyn Fn(&mut Vec<synthetic::Variable>)| {
        let mut variables = synthetic::variables();
        change(&mut variables);
        synthetic::model(&variables)
    };
    let patched = |at: usize, bytes: &[u8]| {
        let mut model = good.clone();
        model[at..at + bytes.len()].copy_from_slice(bytes);
        model
    };
    let key_bias = with(&|variables| {
        let bias = variables.iter_mut().find(|v| v.0 == "decoder/layer_3/attention/linear_1/bias").unwrap();
        bias.3[..4].copy_from_slice(&1_f32.to_le_bytes());
    });
    let cases = [
        ("empty", Vec::new()),
        ("cut", good[..good.len() / 2].to_vec()),
        ("bytes left over", [good.clone(), vec![0]].concat()),
        ("other version", patched(0, &9_u32.to_le_bytes())),
        ("other model", patched(6, b"Llama")),
        ("countless variables", patched(22, &u32::MAX.to_le_bytes())),
        (
            "missing tensor",
            with(&|variables| variables.retain(|v| v.0 != "decoder/layer_2/ffn/linear_0/weight")),
        ),
        ("missing layer", with(&|variables| variables.retain(|v| !v.0.contains("encoder/layer_3")))),
        ("huge dimensions", with(&|variables| variables[0].1 = vec![u32::MAX, u32::MAX, u32::MAX, u32::MAX])),
        (
            "no heads",
            with(&|variables| {
                variables.iter_mut().find(|v| v.0 == "encoder/num_heads").unwrap().3 = vec![0, 0];
            }),
        ),
        (
            "odd vocabulary size",
            with(&|variables| {
                let embeddings = variables.iter_mut().find(|v| v.0 == "decoder/embeddings/weight").unwrap();
                embeddings.1[0] = 7;
                embeddings.3.truncate(7 * 32 * 4);
            }),
        ),
        ("bias for the key", key_bias),
    ];
    for (what, bytes) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.bin"), bytes).unwrap();
        fs::write(folder.path().join("vocabulary.txt"), synthetic::vocabulary()).unwrap();
        let store = ModelStore::new(folder.path().join("models"));
        let error = store.import(folder.path(), Some("bad")).await.unwrap_err();
        assert!(matches!(error, ModelError::Invalid { .. }), "{what}: {error:?}");
        assert!(leftovers(&folder.path().join("models")).is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_vocabulary_that_whisper_cpp_would_die_of_is_refused() {
    for lost in ["Ġ\n", "Ġ-\n", "Ġ'\n"] {
        let folder = tempfile::tempdir().unwrap();
        synthetic::write(folder.path());
        fs::write(folder.path().join("a/data/vocabulary.txt"), synthetic::vocabulary().replacen(lost, "", 1))
            .unwrap();
        let store = ModelStore::new(folder.path().join("models"));
        let error = store.import(folder.path(), Some("bad")).await.unwrap_err();
        assert!(error.to_string().contains("is missing"), "{lost:?}: {error}");
    }
}

#[tokio::test]
async fn hostile_ggml_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    synthetic::write(folder.path());
    let store = ModelStore::new(folder.path().join("models"));
    let good = fs::read(store.import(folder.path(), Some("noise")).await.unwrap().path.unwrap()).unwrap();
    let path = folder.path().join("ggml-bad.bin");
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let error = inspect(&path).unwrap_err();
        assert!(matches!(error, ModelError::Invalid { .. }), "{what}: {error:?}");
    };
    // each figure of the head, in turn, as large as it can be
    for at in (4..56).step_by(4) {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        refused(&bytes, &format!("figure at {at}"));
    }
    for keep in [0, 3, 47, 60, 70_000, 500_000, good.len() - 1] {
        refused(&good[..keep], &format!("cut to {keep}"));
    }
    refused(&[&good[..], &good[good.len() - 200..]].concat(), "bytes left over");
    refused(b"RIFF....WAVE", "another format");
}

#[tokio::test]
async fn a_model_of_the_catalogue_is_pulled_only_with_the_right_bytes() {
    let server = MockServer::start().await;
    Mock::given(matchers::path("/ggml-base-q8_0.bin"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(b"not the model".to_vec()))
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::new(folder.path().join("models")).with_home(&server.uri());
    let error = store.pull("base", &http(), &NoProgress).await.unwrap_err();
    assert!(matches!(error, ModelError::Download(_)) && !error.is_retryable(), "{error:?}");
    assert!(leftovers(&folder.path().join("models")).is_empty());
    let error = store.pull("gigantic", &http(), &NoProgress).await.unwrap_err();
    assert!(error.to_string().contains("base, base-f16, small, large-v3-turbo"), "{error}");
}

#[tokio::test]
async fn the_list_has_the_catalogue_first_and_own_models_after() {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::new(folder.path());
    assert!(store.list().unwrap().iter().all(|model| model.state == ModelState::Absent));
    fs::write(folder.path().join("mine.bin"), b"anything").unwrap();
    fs::write(folder.path().join("notes.txt"), b"anything").unwrap();
    let names: Vec<_> = store.list().unwrap().into_iter().map(|model| (model.name, model.state)).collect();
    assert_eq!(names.len(), 5);
    assert_eq!(names[4], ("mine".to_owned(), ModelState::Unverified));
    let error = store.path("small").unwrap_err();
    assert!(error.to_string().contains("zvonar model pull small"), "{error}");
}

#[tokio::test]
async fn a_name_cannot_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::new(folder.path());
    for name in ["../base", "a/b", "", ".hidden", "имя", &"a".repeat(65)] {
        assert!(matches!(store.path(name), Err(ModelError::BadName { .. })), "{name}");
        let imported = store.import(folder.path(), Some(name)).await;
        assert!(matches!(imported, Err(ModelError::BadName { .. })), "{name}");
    }
}

/// The reference conversion of the public weights gave these digests.
#[tokio::test]
#[ignore = "needs the CTranslate2 weights of Whisper base: ZVONAR_TEST_WEIGHTS=FOLDER"]
#[expect(clippy::disallowed_methods, reason = "only a person knows where the weights are")]
async fn the_public_base_weights_become_known_files() {
    let weights = std::env::var("ZVONAR_TEST_WEIGHTS").expect("ZVONAR_TEST_WEIGHTS names a folder");
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::new(folder.path());
    let base = store.import(Path::new(&weights), None).await.unwrap();
    assert_eq!((base.name.as_str(), base.state, base.bytes), ("base", ModelState::Verified, 81_768_585));
    let sha256 = base.sha256.unwrap().to_string();
    assert_eq!(sha256, "051878cda86786daeb103d1b0ba5bcc83bf453468daa6e245806c92581c92ef7");
    let f16 = store.import(Path::new(&weights), Some("base-f16")).await.unwrap();
    let sha256 = f16.sha256.unwrap().to_string();
    assert_eq!(sha256, "8299ffcc7b30502857281dd32e13833a51cfc80ecf59036f8d017d59a5b18b48");
    assert_eq!(store.pull("base", &http(), &NoProgress).await.unwrap().state, ModelState::Verified);
}
