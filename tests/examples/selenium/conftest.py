import os
import shutil

import pytest
from orglab import Orglab
from selenium import webdriver

# As root, Chromium needs --no-sandbox. The others keep it from asking for anything outside this machine.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def orglab():
    """One for the whole run. With pytest-xdist, each worker has its own."""
    with Orglab() as orglab:
        yield orglab


@pytest.fixture(autouse=True)
def reset(orglab):
    orglab.reset("collaboration")


@pytest.fixture
def browser():
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    if path := os.environ.get("CHROMIUM"):
        options.binary_location = path  # otherwise, Selenium looks for Chrome
    # With a path, Selenium downloads no driver.
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as browser:
        browser.implicitly_wait(10)
        yield browser
