//! A message for people, and how it looks in Telegram and in a mail.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Plain words.
    Text(String),
    /// What the eye should find.
    Strong(String),
    /// Words that lead somewhere.
    Link {
        /// The words.
        text: String,
        /// Where to.
        url: String,
    },
}

impl Span {
    fn words(&self) -> &str {
        match self {
            Self::Text(text) | Self::Strong(text) | Self::Link { text, .. } => text,
        }
    }
}

/// A line; an empty one parts paragraphs.
pub type Line = Vec<Span>;

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub title: String,
    /// What is said below it.
    pub lines: Vec<Line>,
    /// No sound: nobody has to act.
    pub silent: bool,
}

impl Letter {
    /// HTML of Telegram's tags.
    pub fn telegram(&self) -> String {
        let mut html = format!("<b>{}</b>", escape(&self.title));
        for line in &self.lines {
            html.push('\n');
            html.extend(line.iter().map(|span| {
                let words = escape(span.words());
                match span {
                    Span::Text(_) => words,
                    Span::Strong(_) => format!("<b>{words}</b>"),
                    Span::Link { url, .. } => format!("<a href=\"{}\">{words}</a>", escape(url)),
                }
            }));
        }
        html
    }

    /// The text of a mail; addresses stand behind their words.
    pub fn text(&self) -> String {
        let mut text = self.title.clone();
        text.push('\n');
        for line in &self.lines {
            text.push('\n');
            for span in line {
                text.push_str(span.words());
                if let Span::Link { url, .. } = span {
                    text.push_str(" (");
                    text.push_str(url);
                    text.push(')');
                }
            }
        }
        text.push('\n');
        text
    }

    /// The HTML of a mail: inline styles, for mail programs know no others.
    pub fn html(&self) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html><body style=\"margin:0;padding:24px;background:#f6f7f9\">\n\
             <div style=\"max-width:600px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px;\
             font:15px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#1b1f24\">\n\
             <h1 style=\"margin:0 0 16px;font-size:20px;line-height:1.3\">{}</h1>\n",
            escape(&self.title)
        );
        for line in &self.lines {
            html.push_str("<p style=\"margin:0 0 6px;min-height:6px\">");
            html.extend(line.iter().map(|span| {
                let words = escape(span.words());
                match span {
                    Span::Text(_) => words,
                    Span::Strong(_) => format!("<strong>{words}</strong>"),
                    Span::Link { url, .. } => {
                        format!("<a href=\"{}\" style=\"color:#0b62c4\">{words}</a>", escape(url))
                    }
                }
            }));
            html.push_str("</p>\n");
        }
        html.push_str("</div>\n</body></html>\n");
        html
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
