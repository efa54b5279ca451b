//! A certificate that we sign ourselves, for a network without a certificate authority.
//!
//! Rule: it stays the same as long as it may, so that people who accepted it are not asked again.

use std::{io, path::Path};

use anyhow::Context as _;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};

use crate::private_files;

/// How long it is valid. Apple's systems take none of more than 825 days.
const VALID_DAYS: i64 = 800;

/// It is made anew so long before its end.
const RENEW_DAYS: i64 = 30;

/// Certificate and key in PEM, from `self-signed.pem` in the folder. Made anew for other names, or near its end.
pub(super) fn read_or_make(folder: &Path, names: &[String]) -> anyhow::Result<String> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    private_files::make_folder(folder).with_context(|| folder.display().to_string())?;
    let file = folder.join("self-signed.pem");
    match private_files::read(&file) {
        Ok(pem) if is_good(&pem, names, today) => return Ok(pem),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    }
    let pem = make(names, today)?;
    private_files::write(&file, pem.as_bytes()).with_context(|| file.display().to_string())?;
    tracing::info!(
        ?names,
        "a new certificate was made; browsers will ask about it"
    );
    Ok(pem)
}

/// Whether the first line, which is ours and no PEM, says that it is for these names and has time left.
fn is_good(pem: &str, names: &[String], today: Date) -> bool {
    let line = pem.lines().next().unwrap_or_default();
    let Some((until, of)) = line
        .strip_prefix("until ")
        .and_then(|it| it.split_once(" for "))
    else {
        return false;
    };
    let renew_at = until
        .parse::<Date>()
        .map(|it| it.saturating_sub(RENEW_DAYS.days()));
    of == names.join(" ") && renew_at.is_ok_and(|it| today < it)
}

fn make(names: &[String], today: Date) -> anyhow::Result<String> {
    let until = today.saturating_add(VALID_DAYS.days());
    let mut params = CertificateParams::new(names)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "Natter");
    params.distinguished_name = subject;
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let midnight = |it: Date| date_time_ymd(it.year().into(), part(it.month()), part(it.day()));
    params.not_before = midnight(today.saturating_sub(1.day()));
    params.not_after = midnight(until);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(format!(
        "until {until} for {}\n{}{}",
        names.join(" "),
        certificate.pem(),
        key.serialize_pem()
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn it_stays_until_its_names_change_or_its_end_is_near() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tls");
        let names = |text: &str| vec!["localhost".to_owned(), text.to_owned()];
        let first = read_or_make(&folder, &names("192.0.2.1")).unwrap();
        assert_eq!(read_or_make(&folder, &names("192.0.2.1")).unwrap(), first);
        let other = read_or_make(&folder, &names("chat.example")).unwrap();
        assert_ne!(other, first);
        let today: Date = "2026-01-01".parse().unwrap();
        let pem = make(&names("chat.example"), today).unwrap();
        let on = |days: i64| {
            is_good(
                &pem,
                &names("chat.example"),
                today.saturating_add(days.days()),
            )
        };
        assert!(on(0) && on(VALID_DAYS - RENEW_DAYS - 1));
        assert!(!on(VALID_DAYS - RENEW_DAYS) && !on(VALID_DAYS + 1));
        assert!(!is_good("", &names("chat.example"), today));
    }
}
