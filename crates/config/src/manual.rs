//! The manual page of redis.conf, generated from the table of directives.

use std::fmt::Write;

use crate::directives::FAMILIES;
use crate::shape::{Form, Number, Shape};
use crate::{Directive, Settings};

/// The page in markdown: every directive with its values, default and meaning, by family;
/// then those that are accepted and ignored, with the reason.
pub fn manual() -> String {
    let mut page = String::from(
        "# Configuration\n\nGenerated from the table of directives; edit that instead.\n\n\
         *Run time* says whether CONFIG SET may change a directive: yes, no, or protected (only \
         if `enable-protected-configs` allows it). *Hidden* directives are found by CONFIG GET \
         under their exact name only.\n",
    );
    for (title, rows) in FAMILIES {
        let mut table = String::new();
        for row in rows.iter().filter(|row| row.accepted_because().is_none()) {
            write_row(&mut table, row);
        }
        if !table.is_empty() {
            page.push_str(&format!(
                "\n## {title}\n\n| directive | values | default | run time | meaning |\n\
                 |---|---|---|---|---|\n{table}"
            ));
        }
    }
    page.push_str(
        "\n## Accepted and ignored\n\nRedis or Valkey have these; here they change nothing. \
         They are checked, remembered and shown by CONFIG GET, so that configuration files and \
         tools keep working.\n\n| directive | values | default | meaning there | why ignored \
         |\n|---|---|---|---|---|\n",
    );
    for (_, rows) in FAMILIES {
        for row in rows.iter() {
            if let Some(reason) = row.accepted_because() {
                let (names, values, default) = (names(row), values(row), default(row));
                let cells = [&names, &values, &default, row.summary, reason];
                write_cells(&mut page, &cells);
            }
        }
    }
    page
}

fn write_row(table: &mut String, row: &Directive) {
    let run_time = match row.flags {
        flags if flags.immutable => "no",
        flags if flags.protected => "protected",
        _ => "yes",
    };
    let hidden = if row.flags.hidden { " Hidden." } else { "" };
    let meaning = format!("{}{hidden}", row.summary);
    write_cells(table, &[&names(row), &values(row), &default(row), run_time, &meaning]);
}

fn write_cells(table: &mut String, cells: &[&str; 5]) {
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    // Writing to a String cannot fail.
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

fn names(row: &Directive) -> String {
    let aliases: Vec<_> = row.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    match aliases.is_empty() {
        true => format!("`{}`", row.name),
        false => format!("`{}` (also {})", row.name, aliases.join(", ")),
    }
}

fn default(row: &Directive) -> String {
    match row.name {
        "io-threads" => "0".to_owned(), // Not the number of cores where the page is generated.
        _ => match row.show(&Settings::default()).as_str() {
            "" => String::new(),
            shown => format!("`{shown}`"),
        },
    }
}

fn values(row: &Directive) -> String {
    match row.shape() {
        None => "several".to_owned(),
        Some(Shape::Bool) => "yes, no".to_owned(),
        Some(Shape::Text(_)) => "text".to_owned(),
        Some(Shape::Choice(words)) => words.join(", "),
        Some(Shape::Number(number)) => number_values(number),
    }
}

fn number_values(number: Number) -> String {
    let Number { low, high, form, unit } = number;
    let open = high >= i128::from(i32::MAX);
    match form {
        Form::MemoryOrPercent => format!("bytes, or up to {}%", -low),
        Form::Memory if low == 0 => "bytes".to_owned(),
        Form::Memory => format!("bytes, at least {low}"),
        Form::Octal => format!("octal, up to {high:o}"),
        Form::Decimal => {
            let range = match (low, open) {
                (_, false) => format!("{low} to {high}"),
                (_, true) if low == i128::from(i32::MIN) => "an integer".to_owned(),
                (_, true) => format!("{low} or more"),
            };
            format!("{range} {unit}").trim_end().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_has_a_line() {
        let page = manual();
        for row in crate::all() {
            let start = format!("\n| `{}`", row.name);
            assert_eq!(page.matches(&format!("{start} ")).count(), 1, "{}", row.name);
        }
        assert!(page.lines().filter(|it| it.starts_with("| `")).count() == crate::all().count());
        assert!(page.is_ascii());
    }

    #[test]
    fn lines_say_what_matters() {
        let page = manual();
        let line = "| `appendonly` | yes, no | `yes` | yes | Append every write to a log on disk. \
                    (Redis's default is no.) |\n";
        assert!(page.contains(line), "{page}");
        assert!(page.contains("| `port` | 0 to 65535 | `6379` | yes |"));
        assert!(page.contains("| `dir` | text | `.` | protected |"));
    }
}
