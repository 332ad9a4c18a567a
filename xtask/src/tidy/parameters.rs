//! Rule `parameters`: a function takes at most five, `self` not counted.
//!
//! More than that cannot be read at the call; what belongs together becomes a struct whose fields
//! have names.

use super::Finding;
use super::tree::Tree;

const PARAMETERS_MAX: usize = 5;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.sources() {
        let many = source.functions.iter().filter(|f| f.parameters > PARAMETERS_MAX);
        findings.extend(many.map(|function| Finding {
            path: source.path.clone(),
            line: source.line(function.range.start),
            rule: "parameters",
            message: format!(
                "`{}` takes {}, at most {PARAMETERS_MAX}: name them in a struct",
                function.name, function.parameters
            ),
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_and_self_are_allowed_and_six_are_not() {
        let text = "fn a(&self, a: u8, b: u8, c: u8, d: u8, e: u8) {}\n\
                    fn b(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {}\n";
        let findings = check(&Tree::new(&[("a.rs", text)]));
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert_eq!(lines, ["a.rs:2: parameters: `b` takes 6, at most 5: name them in a struct"]);
    }
}
