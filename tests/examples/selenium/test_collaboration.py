from selenium.webdriver.common.by import By


def find(browser, test_id):
    return browser.find_element(By.CSS_SELECTOR, f"[data-testid='{test_id}']")


def test_a_guest_is_refused_until_they_are_a_member(orglab, browser):
    orglab.log_in(browser, "bob@org2.example")
    browser.get(f"{orglab.app}/login?organization=org1")
    assert find(browser, "error-code").text == "access_denied"

    org1 = orglab.call("GET", "/api/v2/organizations/name/org1")["id"]
    members = {"members": [orglab.user_id("bob@org2.example")]}
    orglab.call("POST", f"/api/v2/organizations/{org1}/members", members)
    find(browser, "try-again").click()
    assert find(browser, "license-badge").text == "corporate"


def test_the_app_refuses_a_token_with_a_wrong_nonce(orglab, browser):
    orglab.break_next_sign_in("wrong-nonce", "bob@org2.example")
    browser.get(orglab.app)
    find(browser, "organization").send_keys("org2")
    find(browser, "continue").click()
    find(browser, "user-bob@org2.example").click()
    assert find(browser, "error-title").text == "The ID token can't be trusted"

    # The fault was for one sign-in.
    find(browser, "try-again").click()
    assert find(browser, "license-badge").text == "premium"
