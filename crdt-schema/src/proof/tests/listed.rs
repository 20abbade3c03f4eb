//! A proof held against the status list of a coordinator.

use super::federation::{Replica, day, instance, made, withdrawal};
use crate::label::Labels;
use crate::proof::{
    Listed, Proof, STATUS_LIST_BYTES_MAX, StatusError, StatusList, Verdict, revoked_indices,
};

fn verdict(replica: &Replica) -> Verdict {
    Proof::verify(&replica.prove().unwrap(), None, day("2026-06-15")).unwrap()
}

/// The number of the coordinator whose credential the proof holds.
fn issuer(verdict: &Verdict) -> u8 {
    let place = verdict.status_place().unwrap();
    u8::try_from(place.index - 40).unwrap()
}

fn published(replica: &Replica, verdict: &Verdict, by: u8) -> Vec<u8> {
    let url = verdict.status_place().unwrap().list;
    let labels = Labels::judge(replica.holdings(), &replica.governance());
    let revoked = revoked_indices(&labels, &replica.acts, &url);
    let list = StatusList::revoked(revoked).unwrap();
    let list = list.to_credential(&url, made(), &instance(by)).unwrap();
    list.to_string().into_bytes()
}

#[test]
fn a_withdrawal_after_the_file_shows_in_the_list_of_its_coordinator() {
    let mut replica = Replica::with_label();
    let verdict = verdict(&replica);
    let by = issuer(&verdict);
    let on = day("2026-05-20");
    let said = |is_revoked| {
        Ok(Listed {
            is_revoked,
            from: day("2026-05-12"),
            until: day("2026-05-26"),
        })
    };
    assert_eq!(
        verdict.listed(&published(&replica, &verdict, by), on),
        said(false)
    );
    replica.decide(3, &withdrawal("Fermé"));
    assert_eq!(
        verdict.listed(&published(&replica, &verdict, by), on),
        said(true)
    );
}

#[test]
fn a_list_that_is_old_foreign_or_forged_is_never_valid() {
    let replica = Replica::with_label();
    let verdict = verdict(&replica);
    let by = issuer(&verdict);
    let list = published(&replica, &verdict, by);
    let code = |list: &[u8], on| verdict.listed(list, day(on)).map_err(StatusError::code);
    assert_eq!(code(&list, "2026-05-27"), Err("status_outdated"));
    assert_eq!(code(&list, "2026-05-11"), Err("status_outdated"));
    let other = published(&replica, &verdict, 3);
    assert_eq!(code(&other, "2026-05-20"), Err("status_issuer"));
    let text = String::from_utf8(list).unwrap();
    let forged = text.replace("2026-05-26", "2027-05-26");
    assert_eq!(
        code(forged.as_bytes(), "2026-06-20"),
        Err("status_signature")
    );
    for wrong in [&b"{}"[..], b"[1]", b"null", b"\"status\""] {
        assert_eq!(code(wrong, "2026-05-20"), Err("status_not_the_list"));
    }
    let blanks = vec![b' '; STATUS_LIST_BYTES_MAX + 1];
    for wrong in [&b""[..], b"<html>", &blanks] {
        assert_eq!(code(wrong, "2026-05-20"), Err("status_encoding"));
    }
}

#[test]
fn a_credential_without_a_place_is_told_and_not_taken_as_listed() {
    let replica = Replica::with_label();
    let mut verdict = verdict(&replica);
    let list = published(&replica, &verdict, issuer(&verdict));
    let mut credential: serde_json::Value = serde_json::from_str(&verdict.credential).unwrap();
    credential
        .as_object_mut()
        .unwrap()
        .remove("credentialStatus");
    verdict.credential = credential.to_string();
    assert_eq!(verdict.status_place(), None);
    assert_eq!(
        verdict.listed(&list, day("2026-05-20")),
        Err(StatusError::NoPlace)
    );
}
