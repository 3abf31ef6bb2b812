//! The report in a real browser: every picture is there, no text runs into another or out of its picture, nothing is wider than the page.
//!
//! Left out by default; `just report-in-chromium` runs it. Where there is no Chromium it says so and passes. With
//! `COUNTERFOIL_REPORT_OUT=FOLDER` the pages and their screenshots stay there to be looked at.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::print_stdout, reason = "whoever asked for the test should see that it was skipped")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use counterfoil_cli::report_html;
use support::Place;

/// What is looked at in the page, written into it: the report itself has no script.
const LOOK: &str = r#"<script>
const said = [];
const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
for (const details of document.querySelectorAll("details")) details.open = true;
const pictures = [...document.querySelectorAll("svg")];
for (const picture of pictures) {
  const name = picture.querySelector("title").textContent, frame = picture.getBoundingClientRect();
  if (frame.width < 100 || frame.height < 40) said.push("no size: " + name);
  const texts = [...picture.querySelectorAll("text")].map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
  texts.forEach(([text, box], at) => {
    if (!inside(box, frame)) said.push("outside " + name + ": " + text);
    for (const [other, of] of texts.slice(at + 1)) if (meet(box, of)) said.push("in " + name + ": " + text + " | " + other);
  });
}
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth) said.push("the page is " + page.scrollWidth + " wide in " + page.clientWidth);
if (page.clientWidth > 900) for (const scroll of document.querySelectorAll(".scroll"))
  if (scroll.scrollWidth > scroll.clientWidth) said.push("wide table: " + scroll.querySelector("caption").textContent);
const result = document.createElement("pre");
result.id = "looked";
result.textContent = pictures.length + " pictures\n" + said.join("\n");
document.body.append(result);
</script></body>"#;

fn browser() -> Option<&'static str> {
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success());
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs)
}

struct Chromium {
    name: &'static str,
    folder: PathBuf,
    profile: tempfile::TempDir,
}

impl Chromium {
    /// What a run says, and what the console said.
    fn run(&self, page: &Path, arguments: &[&str]) -> (String, String) {
        let ran = Command::new(self.name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"])
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8_lossy(&ran.stderr).into_owned())
    }

    fn look_at(&self, name: &str, report: &str, pictures: usize) {
        let page = self.folder.join(format!("{name}.html"));
        fs::write(&page, report).unwrap();
        let looking = self.folder.join(format!("{name}-looking.html"));
        fs::write(&looking, report.replace("</body>", LOOK)).unwrap();
        for width in [1_000, 500] {
            let size = format!("--window-size={width},1400");
            let (dom, console) = self.run(&looking, &[&size, "--dump-dom"]);
            let looked = dom.rsplit_once("<pre id=\"looked\">").unwrap().1;
            let looked = looked.split_once("</pre>").unwrap().0.trim();
            assert_eq!(looked, format!("{pictures} pictures"), "{name} at {width}");
            assert!(!console.contains("CONSOLE"), "{console}");
        }
        let shot = format!("--screenshot={}", self.folder.join(format!("{name}.png")).display());
        self.run(&page, &["--window-size=1000,9000", &shot]);
        let printed = format!("--print-to-pdf={}", self.folder.join(format!("{name}.pdf")).display());
        self.run(&page, &["--no-pdf-header-footer", &printed]);
    }
}

#[test]
#[ignore = "starts a browser: `just report-in-chromium`"]
fn pictures_and_tables_fit() {
    let Some(name) = browser() else {
        println!("skipped: there is no Chromium here");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("COUNTERFOIL_REPORT_OUT").map(PathBuf::from);
    let folder = kept.unwrap_or_else(|| scratch.path().to_owned());
    fs::create_dir_all(&folder).unwrap();
    let chromium = Chromium { name, folder, profile: tempfile::tempdir().unwrap() };
    for (name, place, pictures) in
        [("compared", Place::with_comparison(), 18), ("counts", Place::new(), 3), ("priced", Place::priced(), 3)]
    {
        let (release, _) = place.release();
        let report = report_html(&release, place.signed().agreement(), &place.study()).unwrap();
        chromium.look_at(name, &report, pictures);
    }
}
