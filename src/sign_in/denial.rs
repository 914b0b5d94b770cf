//! Who refused a sign-in, the user or the provider, judged by the wording of `error_description`. The code
//! `access_denied` does not say (RFC 6749, 4.1.2.1: "The resource owner or authorization server denied the request").

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeniedBy {
    /// The user pressed Cancel, or declined the consent.
    User,
    /// The description gives a reason other than the user.
    Provider,
    /// The description does not say.
    Unsaid,
}

/// Verbs for how a user ends a sign-in.
const ENDED: &str = r"cancell?ed|denied|declined|rejected|refused|aborted|dismissed|closed|said\ no";
/// The same in words for the button that the user presses.
const CANCEL: &str = r"(clicked|pressed|selected|chose|hit)(\ on)?(\ the)?(\ to)?\ cancel";
/// Verbs for a consent that the user does not give.
const NOT_GIVEN: &str = r"(did\ not|didnt|does\ not)\ (authori[sz]e|consent|grant|give|approve|allow|accept|agree)
    | (has|have)\ not\ (authori[sz]ed|consented|granted|given|approved)";

/// A sentence that says that the user refused. Sentences are in lower case, with one space between words.
static BY_THE_USER: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?x)
        \b (resource\ owner | end\ user | user | you) (\ has | \ have)? \ ({ENDED} | {CANCEL} | {NOT_GIVEN})
            (\ (?<cause> by | due | because | since) \b | \b)
        | \b ({ENDED} | not\ (authori[sz]ed | approved | granted | given | accepted)) \ by (\ the)?
            \ (resource\ owner | end\ user | user) ($ | \ (at | on | in | during | before | while) \b)
        | \b consent (\ was | \ has\ been | \ is)? \ ({ENDED} | withheld | not\ (given | granted)) \b
        | ^ (the\ | your\ )?
            ((social | sign\ in | signin | sign\ on | log\ in | login | authentication | authori[sz]ation | request
              | interaction | operation | process | transaction | flow | user) \ )*
            (was\ | has\ been\ | is\ )? (cancel | cancell?ed | aborted | dismissed) $"
    ))
});

/// A sentence that names both, as the standard's own text does.
static BY_EITHER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b (owner | user) \ or \ ((the | an) \ )? ((authori[sz]ation | identity) \ )? (server | provider | admin(istrator)?) \b
        | \b (server | provider | admin(istrator)?) \ or \ ((the | an) \ )? ((resource | end) \ )? (owner | user) \b",
    )
});

/// A sentence that only repeats the code, or names a parameter, such as Spring's `OAuth 2.0 Parameter: client_id`.
static SAYS_NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) ^ (( the | this | your | you | user | to | for | a | was | is | has | have | been | not | error | oauth | oauth2 | 2 | 0
            | parameter | client | id | access | request | permission | authori[sz]ation | authentication | account | login
            | sign | in | log | denied | refused | rejected | forbidden | granted | failed | unauthori[sz]ed
        ) (\ |$))* $",
    )
});

#[expect(clippy::unwrap_used, reason = "the tests below compile them")]
fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().unwrap()
}

impl DeniedBy {
    /// Reads a description, or a code such as `user_cancelled_login`.
    pub(super) fn of(text: &str) -> Self {
        let text = text.to_lowercase().replace(['\'', '’'], "");
        let sentences: Vec<_> = text.split(['.', ':', ';', '!', '\n']).map(words).collect();
        // The standard's own text is no clue, but a sentence after it may be.
        let (either, others): (Vec<_>, Vec<_>) = sentences.iter().partition(|sentence| BY_EITHER.is_match(sentence));
        if others.iter().any(|sentence| is_by_the_user(sentence)) {
            Self::User
        } else if !either.is_empty() || others.iter().all(|sentence| SAYS_NOTHING.is_match(sentence)) {
            Self::Unsaid
        } else {
            Self::Provider
        }
    }
}

fn words(sentence: &str) -> String {
    let words = sentence.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// "User denied by policy" and "consent denied by an administrator" are the provider's doing.
fn is_by_the_user(sentence: &str) -> bool {
    !sentence.contains("admin") && BY_THE_USER.captures_iter(sentence).any(|found| found.name("cause").is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::auth0("User did not authorize the request")]
    #[case::github("The user has denied your application access.")]
    #[case::facebook("The user denied your request.")]
    #[case::entra(
        "AADSTS65004: User declined to consent to access the app. Trace ID: 0e-1 Timestamp: 2026-01-01 00:00:00Z"
    )]
    #[case::entra_at_its_pages("the user canceled the authentication")]
    #[case::entra_b2c("AADB2C90091: The user has cancelled entering self-asserted information.\r\nCorrelation ID: 1")]
    #[case::node_oidc_provider("End-User aborted interaction")]
    #[case::hydra("The resource owner denied the request")]
    #[case::a_hint_after_the_standards_text(
        "The resource owner or authorization server denied the request. The resource owner denied the consent."
    )]
    #[case::openiddict("The authorization was denied by the end user.")]
    #[case::okta("User canceled the social sign-in request.")]
    #[case::linkedin("The user cancelled the LinkedIn login")]
    #[case::a_code("user_cancelled_login")]
    #[case::another_code("user_denied")]
    #[case::short("User denied")]
    #[case::shorter("cancelled")]
    #[case::the_button("Cancel")]
    #[case::no_user_named("Login was cancelled.")]
    #[case::consent("consent was not given")]
    #[case::not_done("The user didn’t consent")]
    #[case::the_button_pressed("The user clicked on Cancel")]
    #[case::not_done_yet("The user has not granted consent")]
    #[case::sweden("user-cancel: Användaren avbröt")]
    #[case::apple("user_cancelled_authorize")]
    #[case::wso2("consent_denied")]
    #[case::told_to_the_user("You cancelled the sign-in.")]
    fn the_user_refused(#[case] description: &str) {
        assert_eq!(DeniedBy::of(description), DeniedBy::User);
    }

    #[rstest::rstest]
    #[case::nothing("")]
    #[case::blank(" \u{200b}")]
    #[case::the_standard("The resource owner or authorization server denied the request.")]
    #[case::openid_connect("The End-User or Authorization Server denied the request")]
    #[case::the_user_or_the_server("The user or the authorization server denied the request.")]
    #[case::the_other_way_round("The authorization server or the resource owner denied the request.")]
    #[case::after_the_code("(access_denied) The resource owner or authorization server denied the request")]
    #[case::fosite(
        "The resource owner or authorization server denied the request. Make sure that the request you are making is \
         valid. Maybe the credential or request parameters you are using are limited in scope or otherwise restricted."
    )]
    #[case::spring("OAuth 2.0 Parameter: client_id")]
    #[case::the_code("access_denied")]
    #[case::the_code_in_words("Access denied.")]
    #[case::the_user_or_the_provider("The user or the identity provider denied the request")]
    #[case::the_user_or_an_administrator("The request was denied by the user or an administrator.")]
    #[case::oauth2("OAuth2 access denied")]
    #[case::not_granted_to_the_user("The user has not been granted access")]
    #[case::passive("Your request has been denied")]
    fn nobody_is_named(#[case] description: &str) {
        assert_eq!(DeniedBy::of(description), DeniedBy::Unsaid);
    }

    #[rstest::rstest]
    #[case::action("Sign-ins are closed on weekends.")]
    #[case::cancelled_is_something_else("Your subscription was cancelled.")]
    #[case::denied_is_somebody_else("An administrator has denied the user access.")]
    #[case::policy("User denied by policy")]
    #[case::users_policy("Denied by user policy 7")]
    #[case::administrator("The consent was denied by the administrator")]
    #[case::broken_action("Unexpected token u in JSON at position 0")]
    #[case::okta("User is not assigned to the client application.")]
    #[case::keycloak("Access denied when authenticating with google")]
    #[case::forgotten_password("AADB2C90118: The user has forgotten their password.")]
    #[case::group("Access denied: you are not in the group staff")]
    #[case::email("Please verify your email before logging in.")]
    fn the_provider_gives_a_reason(#[case] description: &str) {
        assert_eq!(DeniedBy::of(description), DeniedBy::Provider);
    }
}
