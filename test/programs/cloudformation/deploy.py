"""Deploys templates to moto's CloudFormation over loopback, and prints what became of each step as JSON.

Standard input: {"region", "stack", "vpc"?, "steps": [{"template", "assets"?, "samParameters"?}]}; the first step creates the
stack, each further one updates it, and it is deleted at the end. `assets` is a folder with `asset.HASH` folders, which are
uploaded as the CDK's CLI does. A template may name the VPC, subnets and security groups of `vpc`, which are made
beforehand. With `samParameters` the template is one of SAM, which AWS's own translator translates first.
Standard output: {"steps": [{"resources": {id: {"type", "physicalId"}}, "outputs"}], "remaining": {"secrets", "logGroups", "tables", …}}
"""

import io
import json
import os
import sys
import warnings
import zipfile
from pathlib import Path

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_EC2_METADATA_DISABLED="true",
    # What the translator of SAM decides by, without a request to AWS.
    AWS_DEFAULT_REGION="eu-central-1",
)

import boto3  # noqa: E402
import moto_types  # noqa: E402, F401
from moto.cloudformation import parsing  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

ACCOUNT = "123456789012"


def upload(s3, bucket, folder):
    """Each asset folder as HASH.zip, the key under which the template expects it."""
    for asset in Path(folder).glob("asset.*"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted(asset.rglob("*")):
                archive.write(file, file.relative_to(asset))
        s3.put_object(Bucket=bucket, Key=f"{asset.name.removeprefix('asset.')}.zip", Body=packed.getvalue())


def network(ec2, given, text):
    """The template, with the ids of a VPC that moto has."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    text = text.replace(given["id"], vpc)
    for index, subnet in enumerate(given["privateSubnetIds"]):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24")["Subnet"]["SubnetId"]
        text = text.replace(subnet, made)
    return text


def check(template):
    """moto leaves out a type that it does not know, with a warning; here that is an error."""
    types = {resource["Type"] for resource in template["Resources"].values()}
    unknown = sorted(kind for kind in types if kind not in parsing.get_model_map())
    if unknown:
        raise SystemExit(f"moto has no model of {', '.join(unknown)}: add one to moto_types.py")


def prepared(text):
    """moto knows one of the two policies that keep a resource when its stack is deleted."""
    return text.replace('"RetainExceptOnCreate"', '"Retain"')


def translated(text, parameters, bucket):
    """The template as `sam deploy` sends it and CloudFormation's transform expands it, with one archive as all code."""
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse(text)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{bucket}/code.zip"
    return json.dumps(Translator({}, Parser()).translate(template, dict(parameters)))


def run(task):
    region = task["region"]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    session = boto3.Session(region_name=region)
    # Every client of this process, whatever it is called for, stays on loopback.
    client = lambda service: session.client(service, endpoint_url=f"http://127.0.0.1:{port}")  # noqa: E731
    cloudformation, s3 = client("cloudformation"), client("s3")
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{region}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    steps, ids = [], {}
    for number, step in enumerate(task["steps"]):
        text = prepared(Path(step["template"]).read_text())
        if "vpc" in task:
            ids.setdefault("network", network(client("ec2"), task["vpc"], json.dumps(task["vpc"])))
            for old, new in zip(names(task["vpc"]), names(json.loads(ids["network"]))):
                text = text.replace(old, new)
        parameters = step.get("samParameters", {})
        if parameters:
            text = prepared(translated(text, parameters, bucket))
        check(json.loads(text))
        if "assets" in step:
            upload(s3, bucket, step["assets"])
        change = cloudformation.create_stack if number == 0 else cloudformation.update_stack
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        change(StackName=task["stack"], TemplateBody=text, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"])
        steps.append(state(cloudformation, task["stack"]))
    cloudformation.delete_stack(StackName=task["stack"])
    left = [stack["StackStatus"] for stack in cloudformation.list_stacks()["StackSummaries"]]
    remaining = {
        "stacks": left,
        "secrets": sorted(one["Name"] for one in client("secretsmanager").list_secrets()["SecretList"]),
        "tables": client("dynamodb").list_tables()["TableNames"],
        "enabledKeys": enabled_keys(client("kms")),
        "logGroups": sorted(one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]),
        "functions": [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]],
        "roles": [one["RoleName"] for one in client("iam").list_roles()["Roles"]],
    }
    server.stop()
    return {"steps": steps, "remaining": remaining}


def enabled_keys(kms):
    """AWS's own keys, which moto makes on demand, are no part of any stack."""
    described = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    return [one["Description"] for one in described if one["KeyManager"] == "CUSTOMER" and one["KeyState"] == "Enabled"]


def names(vpc):
    return [vpc["id"], *vpc["privateSubnetIds"]]


def state(cloudformation, stack):
    [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        "status": described["StackStatus"],
        "outputs": {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])},
        "resources": {
            one["LogicalResourceId"]: {"type": one["ResourceType"], "physicalId": one["PhysicalResourceId"]}
            for page in pages
            for one in page["StackResourceSummaries"]
        },
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(run(json.load(sys.stdin))))
