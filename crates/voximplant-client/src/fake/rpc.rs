//! The doors: who may ask what, before any method is looked at.

use bytes::Bytes;
use serde_json::Value;

use super::{
    FakeAnswer, FakeRequest, FakeVoximplant, Fault,
    doors::{self, Asked},
    fault::Refused,
};

fn page(status: u16, words: &str) -> FakeAnswer {
    let body = format!("<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>");
    FakeAnswer { status, content_type: "text/html", body: body.into() }
}

fn json(value: &Value) -> FakeAnswer {
    FakeAnswer { status: 200, content_type: "application/json", body: value.to_string().into() }
}

impl FakeVoximplant {
    /// Answers a request of the Management API, refusing what the platform refuses.
    pub fn answer(&self, request: &FakeRequest) -> FakeAnswer {
        self.respond(request, true)
    }

    /// The same for a caller in memory, whose key is not looked at.
    pub(super) fn answer_trusted(&self, request: &FakeRequest) -> FakeAnswer {
        self.respond(request, false)
    }

    fn respond(&self, request: &FakeRequest, outside: bool) -> FakeAnswer {
        let asked = Asked::new(&request.form);
        let method =
            request.method.as_deref().filter(|method| !method.is_empty()).or_else(|| asked.text("cmd"));
        let Some(method) = method else {
            return json(&Refused::new(102, "The 'cmd' parameter is missing").json());
        };
        let fault = {
            let mut state = self.lock();
            *state.requests.entry(method.to_owned()).or_default() += 1;
            state.take_fault(method)
        };
        match fault {
            Some(Fault::TooManyRequests) => {
                let body = Bytes::from_static(b"Too many requests");
                return FakeAnswer { status: 429, content_type: "text/plain", body };
            }
            Some(Fault::BadGateway) => return page(502, "502 Bad Gateway"),
            Some(Fault::Code(code)) => return json(&Refused::new(code, format!("scripted {code}")).json()),
            Some(Fault::PluralErrors(code)) => {
                return json(&serde_json::json!({"errors": [{"code": code, "msg": "scripted"}]}));
            }
            _ => {}
        }
        let result = self.admit(request, &asked, method, outside).and_then(|()| self.run(method, &asked));
        let mut whole = match result {
            Ok(whole) => whole,
            Err(refused) => return json(&refused.json()),
        };
        match fault {
            Some(Fault::AnswerLost) => page(502, "502 Bad Gateway"),
            Some(Fault::CutJson) => {
                let text = whole.to_string().into_bytes();
                let half = text.get(..text.len() / 2).unwrap_or_default();
                FakeAnswer { body: Bytes::copy_from_slice(half), ..json(&whole) }
            }
            Some(Fault::WithoutId) => {
                if let Some(whole) = whole.as_object_mut() {
                    whole.remove("call_session_history_id");
                }
                json(&whole)
            }
            _ => json(&whole),
        }
    }

    /// Key, then account, then role.
    fn admit(
        &self,
        request: &FakeRequest,
        asked: &Asked<'_>,
        method: &str,
        outside: bool,
    ) -> Result<(), Refused> {
        if outside {
            self.check_key(request.authorization.as_deref(), asked)?;
        }
        let state = self.lock();
        if state.revoked {
            return Err(Refused::new(100, "Authorization failed"));
        }
        if !doors::METHODS.contains(&method) {
            return Err(Refused::new(103, "Unknown command"));
        }
        if state.forbidden.contains(method) {
            return Err(Refused::new(104, "The command is not allowed for the role"));
        }
        if state.inactive {
            return Err(Refused::new(131, "The account isn't activated"));
        }
        Ok(())
    }

    fn check_key(&self, authorization: Option<&str>, asked: &Asked<'_>) -> Result<(), Refused> {
        if let Some(header) = authorization {
            let token =
                header.strip_prefix("Bearer ").ok_or_else(|| Refused::new(447, "Invalid token format"))?;
            return self.check_token(token, self.now());
        }
        let good = asked.text("account_id") == Some(&Self::ACCOUNT.to_string())
            && asked.text("api_key") == Some(Self::API_KEY);
        if good { Ok(()) } else { Err(Refused::new(100, "Authorization failed")) }
    }
}
