"""Needs: pip install pytest testcontainers 'boxsdk>=10'"""

import json

import pytest
from box_sdk_gen import BaseUrls, BoxClient, BoxJWTAuth, JWTConfig, NetworkSession

from local_box import LocalBox


@pytest.fixture(scope="session")
def box():
    with LocalBox() as box:
        yield box


def test_lists_the_root_folder_of_the_service_account(box):
    enterprise = box.enterprise("list")
    url = enterprise["url"]
    urls = BaseUrls(base_url=url, upload_url=url, oauth_2_url=f"{url}/api/oauth2")
    auth = BoxJWTAuth(JWTConfig.from_config_json_string(json.dumps(enterprise["config"])))
    client = BoxClient(auth, network_session=NetworkSession(base_urls=urls))
    names = [item.name for item in client.folders.get_folder_items("0").entries]
    assert names == ["Payroll", "Reports"]
