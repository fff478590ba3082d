//! The difference of two scripts, line by line: what stays at both ends is left out, the rest is
//! compared by the longest common subsequence.

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// Only in what stands there.
    Removed(String),
    /// Only in what is to stand there.
    Added(String),
    /// Some that both have.
    Same(usize),
}

/// Cells of the table; above it the middle is told as replaced.
const MOST_CELLS: usize = 4_000_000;

/// What turns `old` into `new`.
pub(crate) fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = |lines: &[&str]| lines.len() - start;
    let most = rest(&old).min(rest(&new));
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    let middle = |lines: &[&str]| {
        lines
            .get(start..lines.len() - end)
            .unwrap_or_default()
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    push_same(&mut out, start);
    compare(&middle(&old), &middle(&new), &mut out);
    push_same(&mut out, end);
    out
}

fn push_same(out: &mut Vec<DiffLine>, more: usize) {
    match out.last_mut() {
        _ if more == 0 => {}
        Some(DiffLine::Same(count)) => *count += more,
        _ => out.push(DiffLine::Same(more)),
    }
}

fn compare(old: &[String], new: &[String], out: &mut Vec<DiffLine>) {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > MOST_CELLS {
        out.extend(old.iter().cloned().map(DiffLine::Removed));
        out.extend(new.iter().cloned().map(DiffLine::Added));
        return;
    }
    // common[i * width + j]: the longest common subsequence of old[i..] and new[j..]
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or_default();
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let longest = if left == right {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = longest;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                push_same(out, 1);
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                out.push(DiffLine::Removed(left.clone()));
                i += 1;
            }
            (_, Some(right)) => {
                out.push(DiffLine::Added(right.clone()));
                j += 1;
            }
            (_, None) => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let line = |line: &DiffLine| match line {
            DiffLine::Removed(text) => format!("-{text}"),
            DiffLine::Added(text) => format!("+{text}"),
            DiffLine::Same(count) => format!("={count}"),
        };
        lines(old, new).iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_differs_is_told() {
        assert_eq!(shown("a\nb\nc", "a\nb\nc"), "=3");
        assert_eq!(shown("a\nb\nc", "a\nx\nc"), "=1 -b +x =1");
        assert_eq!(shown("", "a\nb"), "+a +b");
        assert_eq!(shown("a\nb", ""), "-a -b");
        assert_eq!(shown("a\nb\nc\nd\ne", "a\nc\nd\nx\ne"), "=1 -b =2 +x =1");
        assert_eq!(shown("a\na", "a"), "=1 -a");
    }
}
