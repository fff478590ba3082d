//! What the operator promised, and until when.
//!
//! A promise is the operator's own future with a time: «отправлю договор завтра до двенадцати».
//! Conditions («если перезвоните»), other people's words («обещали перезвонить») and the past are none.

use chrono::{DateTime, FixedOffset};
use domain::Promise;
use domain::PromiseDue;
use domain::Speaker::Operator;

use crate::phrase::is_negated;
use crate::rules::Scene;
use crate::view::{Sentence, Token};
use crate::when::{self, Part, Piece};

/// Every promise of the operator, in order.
pub(crate) fn promises(scene: &Scene<'_>, started_at: Option<DateTime<FixedOffset>>) -> Vec<Promise> {
    let mut found: Vec<Promise> = Vec::new();
    for (index, sentence) in scene.sentences(Operator) {
        let Some(verb) = promise_verb(scene, sentence) else { continue };
        let mut pieces = scene.pieces(sentence);
        if pieces.is_empty() {
            // «Отправлю договор. Завтра до двенадцати.»
            let next = scene
                .view
                .sentences
                .get(index + 1)
                .filter(|next| next.turn == sentence.turn && next.tokens.len() <= 6);
            pieces = next.map(|next| scene.pieces(next)).unwrap_or_default();
        }
        if pieces.is_empty() {
            continue;
        }
        // «до конца дня, как только вернётся бухгалтер»: the day stands
        let set = pieces.iter().any(|piece| piece.is_definite() && piece.part != Part::InMinutes(15));
        if set {
            pieces
                .retain(|piece| scene.view.tokens.get(piece.last).is_none_or(|token| token.text != "только"));
        }
        let pieces = nearest(&pieces, verb);
        let evidence = scene.evidence(&scene.quote(sentence));
        let words = words_of(scene, &pieces);
        let (at, loose) = started_at.map_or((None, false), |now| when::resolve(&pieces, now));
        let vague =
            loose || pieces.iter().any(|piece| matches!(piece.part, Part::Vague | Part::WorkingDays(_)));
        let what = what(scene, sentence, verb);
        if !found.iter().any(|other| other.what == what && other.due.words == words) {
            found.push(Promise { what, due: PromiseDue { at, words, vague }, evidence });
        }
    }
    found
}

/// Of two days or hours the one nearest to the verb.
fn nearest(pieces: &[Piece], verb: usize) -> Vec<Piece> {
    let distance = |piece: &&Piece| piece.first.abs_diff(verb);
    let clock = |piece: &&Piece| matches!(piece.part, Part::Clock(..));
    let day = |piece: &&Piece| !matches!(piece.part, Part::Clock(..) | Part::Vague);
    let vague = |piece: &&Piece| matches!(piece.part, Part::Vague);
    // «сейчас» beside a real day is a filler
    let real = pieces.iter().filter(day).any(|piece| !matches!(piece.part, Part::InMinutes(15)));
    let clocked = pieces.iter().any(|piece| matches!(piece.part, Part::Clock(..)));
    let day = pieces
        .iter()
        .filter(day)
        .filter(|piece| !((real || clocked) && matches!(piece.part, Part::InMinutes(15))))
        .min_by_key(distance);
    let mut chosen: Vec<Piece> =
        [day, pieces.iter().filter(clock).min_by_key(distance), pieces.iter().find(vague)]
            .into_iter()
            .flatten()
            .copied()
            .collect();
    chosen.sort_by_key(|piece| piece.first);
    chosen
}

fn words_of(scene: &Scene<'_>, pieces: &[Piece]) -> String {
    let tokens = &scene.view.tokens;
    let text = |piece: &Piece| -> String {
        let (Some(first), Some(last)) = (tokens.get(piece.first), tokens.get(piece.last)) else {
            return String::new();
        };
        let text = scene.transcript.segments.get(first.segment).map_or("", |segment| segment.text.as_str());
        text.get(first.span.start..last.span.end).unwrap_or_default().to_lowercase()
    };
    pieces.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// The token of the promising verb, if the sentence promises.
fn promise_verb(scene: &Scene<'_>, sentence: &Sentence) -> Option<usize> {
    let tokens = &scene.view.tokens;
    let promising = |at: &usize| {
        // «как только придёт ответ, сообщу»: the first verb is the condition
        let awaited = at.checked_sub(2).is_some_and(|as_soon| {
            tokens[as_soon].text == "как"
                && tokens[as_soon + 1].text == "только"
                && (*at + 1..sentence.tokens.end).any(|later| is_commitment(&tokens[later].text))
        });
        is_commitment(&tokens[*at].text)
            && !awaited
            && !is_negated(tokens, *at)
            && !in_condition(tokens, sentence, *at)
    };
    // «уточню и через полчаса наберу»: the time belongs to the verb beside it
    let times = scene.pieces(sentence);
    let distance = |at: &usize| {
        times
            .iter()
            .map(
                |piece| if *at > piece.last { *at - piece.last } else { 2 * piece.first.saturating_sub(*at) },
            )
            .min()
    };
    let verb = sentence.tokens.clone().filter(promising).min_by_key(|at| (distance(at), *at));
    let trying = sentence
        .tokens
        .clone()
        .find(|at| matches!(tokens[*at].text.as_str(), "постараюсь" | "постараемся" | "попробую"));
    let verb = verb.or_else(|| trying.map(|at| at + 1).filter(|at| sentence.tokens.contains(at)))?;
    let words = || sentence.tokens.clone().map(|at| tokens[at].text.as_str());
    // «обещали перезвонить», «я бы отправил»
    let told = words().any(|word| {
        word.starts_with("обеща") && word != "обещаю"
            || matches!(word, "бы" | "якобы" | "мол" | "дескать" | "говорил" | "говорила" | "говорили")
    });
    (!told).then_some(verb)
}

/// The verb stands in the clause of «если», or the clause after it answers one said by the client's act.
fn in_condition(tokens: &[Token], sentence: &Sentence, verb: usize) -> bool {
    sentence.tokens.clone().any(|at| {
        matches!(tokens[at].text.as_str(), "если" | "когда" | "как" | "пока" | "вдруг")
            && tokens[at].clause == tokens[verb].clause
            && at < verb
            && !(tokens[at].text == "как"
                && tokens.get(at + 1).is_some_and(|next| matches!(next.text.as_str(), "только" | "нибудь")))
    }) || sentence.tokens.clone().any(|at| tokens[at].text == "если" && at < verb)
}

/// «отправить договор»: the infinitive where it is known, and the object.
fn what(scene: &Scene<'_>, sentence: &Sentence, verb: usize) -> String {
    let tokens = &scene.view.tokens;
    let mut words = vec![infinitive(&tokens[verb].text)];
    let clause = tokens[verb].clause;
    let pieces = scene.pieces(sentence);
    let rest = tokens.get(verb + 1..sentence.tokens.end).unwrap_or_default();
    // «приедет замерщик»: who comes is no object
    let mut subject = MOVES.contains(&tokens[verb].text.as_str());
    for (at, token) in (verb + 1..).zip(rest) {
        let timed = pieces.iter().any(|piece| (piece.first..=piece.last).contains(&at));
        if token.clause != clause
            || matches!(token.text.as_str(), "и" | "а" | "когда" | "чтобы")
            || timed && words.len() > 1
            || words.len() > 5
        {
            break;
        }
        // «к вам домой»: the preposition goes with its word
        let to_you = is_preposition(&token.text)
            && tokens.get(at + 1).is_some_and(|next| matches!(next.text.as_str(), "вам" | "вас" | "тебе"));
        if subject && !timed && !is_preposition(&token.text) && token.text.chars().count() > 3 {
            subject = false;
            continue;
        }
        if !timed
            && !to_you
            && !matches!(
                token.text.as_str(),
                "вам"
                    | "вас"
                    | "вы"
                    | "обязательно"
                    | "сама"
                    | "сам"
                    | "тогда"
                    | "же"
                    | "я"
                    | "мы"
            )
        {
            words.push(token.text.clone());
        }
    }
    while words.len() > 1
        && words.last().is_some_and(|word| {
            matches!(
                word.as_str(),
                "в" | "к"
                    | "до"
                    | "на"
                    | "и"
                    | "с"
                    | "по"
                    | "не"
                    | "не позже"
                    | "где"
                    | "то"
                    | "через"
            )
        })
    {
        words.pop();
    }
    words.join(" ")
}

fn is_preposition(word: &str) -> bool {
    matches!(word, "в" | "во" | "к" | "ко" | "до" | "на" | "с" | "у" | "по" | "за" | "от" | "для")
}

/// Verbs of the third person that take no object: the noun after them does the work.
const MOVES: &[&str] = &[
    "приедет",
    "приедут",
    "подъедет",
    "позвонит",
    "позвонят",
    "перезвонит",
    "перезвонят",
    "отзвонится",
    "свяжется",
    "свяжутся",
    "придет",
    "придут",
];

/// Verbs that promise, in the first person of the future, and their infinitives.
const VERBS: &[(&[&str], &str)] = &[
    (&["отправлю", "отправим", "отправит"], "отправить"),
    (&["вышлю", "вышлем", "вышлет"], "выслать"),
    (&["пришлю", "пришлем", "пришлет"], "прислать"),
    (&["перешлю", "перешлем"], "переслать"),
    (&["направлю", "направим"], "направить"),
    (&["подготовлю", "подготовим", "подготовит", "подготовят"], "подготовить"),
    (&["приготовлю", "приготовим"], "приготовить"),
    (&["перезвоню", "перезвоним", "перезвонит", "перезвонят"], "перезвонить"),
    (&["позвоню", "позвоним", "позвонит", "позвонят"], "позвонить"),
    (&["наберу", "наберем", "наберет"], "набрать"),
    (&["созвонимся"], "созвониться"),
    (&["встретимся"], "встретиться"),
    (&["уточню", "уточним"], "уточнить"),
    (&["узнаю", "узнаем"], "узнать"),
    (&["проверю", "проверим"], "проверить"),
    (&["передам", "передадим"], "передать"),
    (&["свяжусь", "свяжемся", "свяжется", "свяжутся"], "связаться"),
    (&["оформлю", "оформим"], "оформить"),
    (&["скину", "скинем"], "скинуть"),
    (&["напишу", "напишем"], "написать"),
    (&["сделаю", "сделаем"], "сделать"),
    (&["привезу", "привезем", "привезет", "привезут"], "привезти"),
    (&["доставлю", "доставим", "доставит", "доставят"], "доставить"),
    (&["приеду", "приедем", "приедет", "приедут"], "приехать"),
    (&["подъеду", "подъедем", "подъедет"], "подъехать"),
    (&["заеду", "заедем"], "заехать"),
    (&["вернусь", "вернемся"], "вернуться"),
    (&["верну", "вернем", "вернет", "вернут"], "вернуть"),
    (&["рассчитаю", "рассчитаем"], "рассчитать"),
    (&["посчитаю", "посчитаем"], "посчитать"),
    (&["закажу", "закажем"], "заказать"),
    (&["забронирую", "забронируем"], "забронировать"),
    (&["выставлю", "выставим"], "выставить"),
    (&["решу", "решим"], "решить"),
    (&["разберусь", "разберемся"], "разобраться"),
    (&["сообщу", "сообщим"], "сообщить"),
    (&["заменю", "заменим", "заменит", "заменят"], "заменить"),
    (&["починю", "починим"], "починить"),
    (&["отремонтирую", "отремонтируем"], "отремонтировать"),
    (&["исправлю", "исправим", "исправит", "исправят"], "исправить"),
    (&["согласую", "согласуем"], "согласовать"),
    (&["отгружу", "отгрузим"], "отгрузить"),
    (&["отложу", "отложим"], "отложить"),
    (&["подберу", "подберем"], "подобрать"),
    (&["соберу", "соберем"], "собрать"),
    (&["поставлю", "поставим"], "поставить"),
    (&["установлю", "установим", "установит", "установят"], "установить"),
    (&["подключу", "подключим"], "подключить"),
    (&["включу", "включим"], "включить"),
    (&["продублирую", "продублируем"], "продублировать"),
    (&["напомню", "напомним"], "напомнить"),
    (&["пришлем", "пришлю"], "прислать"),
    (&["предоставлю", "предоставим"], "предоставить"),
    (&["внесу", "внесем"], "внести"),
    (&["переведу", "переведем"], "перевести"),
    (&["перечислю", "перечислим"], "перечислить"),
    (&["начислю", "начислим"], "начислить"),
    (&["организую", "организуем"], "организовать"),
    (&["договорюсь", "договоримся"], "договориться"),
    (&["посмотрю", "посмотрим"], "посмотреть"),
    (&["спрошу", "спросим"], "спросить"),
    (&["найду", "найдем"], "найти"),
    (&["дам", "дадим"], "дать"),
    (&["отвечу", "ответим"], "ответить"),
    (&["составлю", "составим"], "составить"),
    (&["сброшу", "сбросим"], "сбросить"),
    (&["заберу", "заберем", "заберет", "заберут"], "забрать"),
    (&["вызову", "вызовем"], "вызвать"),
    (&["оплачу", "оплатим"], "оплатить"),
    (&["закончу", "закончим"], "закончить"),
    (&["перенесу", "перенесем"], "перенести"),
    (&["отменю", "отменим"], "отменить"),
    (&["зарезервирую", "зарезервируем"], "зарезервировать"),
    (&["предупрежу", "предупредим"], "предупредить"),
    (&["заскочу"], "заскочить"),
    (&["загляну"], "заглянуть"),
    (&["подскажу"], "подсказать"),
    (&["изготовлю", "изготовим"], "изготовить"),
    (&["напечатаю", "напечатаем"], "напечатать"),
    (&["распечатаю", "распечатаем"], "распечатать"),
    (&["сверю", "сверим"], "сверить"),
    (&["завезу", "завезем"], "завезти"),
    (&["отвезу", "отвезем"], "отвезти"),
    (&["выеду", "выедем"], "выехать"),
    (&["пришью"], "пришить"),
    (&["освобожу", "освободим"], "освободить"),
    (&["выполню", "выполним"], "выполнить"),
    (&["обновлю", "обновим"], "обновить"),
    (&["загружу", "загрузим"], "загрузить"),
    (&["заполню", "заполним"], "заполнить"),
    (&["подпишу", "подпишем"], "подписать"),
    (&["отсканирую", "отсканируем"], "отсканировать"),
    (&["опубликую", "опубликуем"], "опубликовать"),
    (&["отзвонюсь", "отзвонимся", "отзвонится"], "отзвониться"),
    (&["отпишусь", "отпишемся"], "отписаться"),
    (&["кину", "кинем"], "кинуть"),
    (&["отчитаюсь"], "отчитаться"),
    (&["выясню", "выясним"], "выяснить"),
    (&["придем", "придет", "придут"], "прийти"),
];

/// Whether a normalised word is a verb that promises.
pub(crate) fn is_commitment(word: &str) -> bool {
    VERBS.iter().any(|(forms, _)| forms.contains(&word))
}

fn infinitive(word: &str) -> String {
    VERBS
        .iter()
        .find(|(forms, _)| forms.contains(&word))
        .map_or_else(|| word.to_owned(), |(_, infinitive)| (*infinitive).to_owned())
}
