"""The resource types of our templates that moto's CloudFormation lacks, over moto's own back ends.

Each checks what AWS checks: targets exist, one policy for each target, the limits of policies and of metric math.
Importing this module adds the types to moto.
"""

import json
from contextlib import suppress

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap
from moto.cloudwatch.models import Dashboard, cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import Topic, sns_backends

# Lambda's limit for one resource policy, in bytes.
MAX_POLICY = 20_480
# CloudWatch's limit for the metrics and expressions of one alarm.
MAX_QUERIES = 20


# Actions on a table that a resource policy may name: AWS's "DynamoDB API operations supported by resource-based policies".
TABLE_POLICY_ACTIONS = {
    f"dynamodb:{name}"
    for name in (
        "BatchGetItem BatchWriteItem ConditionCheckItem CreateBackup DeleteItem DeleteTable DescribeTable "
        "DescribeTimeToLive ExportTableToPointInTime GetItem PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate "
        "PutItem Query Scan UpdateItem UpdateTable UpdateTimeToLive"
    ).split()
}


class Resource:
    """What the types below share: a physical id, attributes, and an update that replaces only where AWS does."""

    REPLACING = ()
    ATTRIBUTES = ()

    def __init__(self, name, properties, account, region):
        self.name, self.account, self.region = name, account, region
        self.properties = properties
        self.physical_resource_id = name
        self.create()

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attribute):
        return attribute in cls.ATTRIBUTES

    def get_cfn_attribute(self, attribute):
        if attribute not in self.ATTRIBUTES:
            raise ValidationError(message=f"{type(self).__name__} has no attribute {attribute}")
        return self.attribute(attribute)

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        return cls(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        properties = cloudformation_json.get("Properties", {})
        before = original_resource.properties
        if any(before.get(name) != properties.get(name) for name in cls.REPLACING):
            created = cls(new_resource_name, properties, account_id, region_name)
            original_resource.delete(account_id, region_name)
            return created
        original_resource.properties = properties
        original_resource.update()
        return original_resource

    def is_created(self):
        return True

    def update(self):
        self.create()


class Alarm(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("AlarmName",)
    ATTRIBUTES = ("Arn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @property
    def alarm_name(self):
        return self.properties.get("AlarmName", self.name)

    def create(self):
        given = self.properties
        queries = given.get("Metrics", [])
        ids = [query["Id"] for query in queries]
        if len(ids) != len(set(ids)):
            raise ValidationError(message=f"{self.name}: metric ids are not unique: {ids}")
        if len(queries) > MAX_QUERIES:
            raise ValidationError(message=f"{self.name}: {len(queries)} metrics and expressions; an alarm has at most {MAX_QUERIES}")
        # Absent means returned.
        if queries and sum(query.get("ReturnData", True) for query in queries) != 1:
            raise ValidationError(message=f"{self.name}: an alarm on metric math returns exactly one of its expressions")
        if not queries and not ("MetricName" in given and ("Statistic" in given or "ExtendedStatistic" in given)):
            raise ValidationError(message=f"{self.name}: neither Metrics nor MetricName with a statistic")
        self.physical_resource_id = self.alarm_name
        cloudwatch_backends[self.account][self.region].put_metric_alarm(
            name=self.alarm_name,
            namespace=given.get("Namespace"),
            metric_name=given.get("MetricName"),
            comparison_operator=given["ComparisonOperator"],
            evaluation_periods=given["EvaluationPeriods"],
            period=given.get("Period"),
            threshold=given["Threshold"],
            statistic=given.get("Statistic"),
            description=given.get("AlarmDescription"),
            dimensions=[],
            alarm_actions=given.get("AlarmActions", []),
            ok_actions=given.get("OKActions", []),
            treat_missing_data=given.get("TreatMissingData"),
        )

    def attribute(self, _):
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{self.alarm_name}"

    def delete(self, account, region):
        cloudwatch_backends[account][region].delete_alarms([self.alarm_name])


class Secret(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("Name",)
    ATTRIBUTES = ("Id",)

    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    def create(self):
        generated = self.properties.get("GenerateSecretString")
        made = json.loads(
            secretsmanager_backends[self.account][self.region].create_secret(
                name=self.properties.get("Name", self.name),
                secret_string=json.dumps({"generated": True}) if generated else self.properties.get("SecretString"),
                secret_binary=None,
                description=self.properties.get("Description"),
                tags=self.properties.get("Tags", []),
                kms_key_id=self.properties.get("KmsKeyId"),
                client_request_token=None,
                replica_regions=self.properties.get("ReplicaRegions", []),
                force_overwrite=False,
            )
        )
        self.physical_resource_id = made["ARN"]

    def update(self):
        """In place, whatever changes: only the name replaces."""

    def attribute(self, _):
        return self.physical_resource_id

    def delete(self, account, region):
        secretsmanager_backends[account][region].delete_secret(self.physical_resource_id, None, True)


class Key(Resource, CloudFormationModel):
    """moto has the type, fails for one with tags, and deletes it at once."""

    __module__ = "moto.boxsts.models"
    ATTRIBUTES = ("Arn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::KMS::Key"

    def create(self):
        given = self.properties
        self.key = kms_backends[self.account][self.region].create_key(
            policy=json.dumps(given["KeyPolicy"]),
            key_usage="ENCRYPT_DECRYPT",
            key_spec="SYMMETRIC_DEFAULT",
            description=given.get("Description"),
            tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in given.get("Tags", [])],
        )
        self.physical_resource_id = self.key.id

    def update(self):
        """In place, whatever changes."""

    def attribute(self, _):
        return self.key.arn

    def delete(self, account, region):
        window = self.properties.get("PendingWindowInDays", 30)
        kms_backends[account][region].schedule_key_deletion(self.key.id, window)


class Table(Resource, CloudFormationModel):
    """moto has the type, without its resource policy and lifetime attribute, and replaces it for every change."""

    __module__ = "moto.boxsts.models"
    REPLACING = ("TableName", "KeySchema")
    ATTRIBUTES = ("Arn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::DynamoDB::Table"

    def create(self):
        given = self.properties
        keys = {one["AttributeName"] for one in given["KeySchema"]}
        if keys != {one["AttributeName"] for one in given["AttributeDefinitions"]}:
            raise ValidationError(message=f"{self.name}: the attributes are not those of the key schema")
        self.physical_resource_id = given.get("TableName", self.name)
        self.table = dynamodb_backends[self.account][self.region].create_table(
            name=self.physical_resource_id,
            schema=given["KeySchema"],
            attr=given["AttributeDefinitions"],
            billing_mode=given["BillingMode"],
            sse_specification=given["SSESpecification"],
            throughput=None,
            global_indexes=[],
            indexes=[],
            streams=None,
            tags=given.get("Tags", []),
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        self.update()

    def update(self):
        backend = dynamodb_backends[self.account][self.region]
        key = self.properties["SSESpecification"]["KMSMasterKeyId"].rpartition("/")[2]
        if kms_backends[self.account][self.region].keys[key].key_state != "Enabled":
            raise ValidationError(message=f"{self.name}: the key {key} is not enabled")
        backend.update_time_to_live(self.physical_resource_id, self.properties["TimeToLiveSpecification"])
        document = self.properties["ResourcePolicy"]["PolicyDocument"]
        for statement in document["Statement"]:
            unknown = set(statement["Action"]) - TABLE_POLICY_ACTIONS
            if unknown or statement["Resource"] not in ("*", self.table.table_arn):
                raise ValidationError(message=f"{self.name}: the resource policy is about {unknown or statement['Resource']}")
        backend.put_resource_policy(self.table.table_arn, json.dumps(document), None)

    def attribute(self, _):
        return self.table.table_arn

    def delete(self, account, region):
        dynamodb_backends[account][region].delete_table(self.physical_resource_id)


class LambdaAlias(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("FunctionName", "Name")
    ATTRIBUTES = ("AliasArn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Alias"

    def _described(self):
        given = self.properties
        # moto knows versions that other types publish by number, and keeps them as functions of their own.
        return (given["Name"], given["FunctionName"], given["FunctionVersion"], given.get("Description", ""), None)

    def create(self):
        alias = lambda_backends[self.account][self.region].create_alias(*self._described())
        self.physical_resource_id = alias.arn

    def update(self):
        lambda_backends[self.account][self.region].update_alias(*self._described())

    def attribute(self, _):
        return self.physical_resource_id

    def delete(self, account, region):
        # moto may delete the function first, and its aliases with it.
        with suppress(UnknownFunctionException):
            lambda_backends[account][region].delete_alias(self.properties["Name"], self.properties["FunctionName"])


class LambdaVersion(Resource, CloudFormationModel):
    """moto has the type, without the attribute Version and without an update."""

    __module__ = "moto.boxsts.models"
    REPLACING = ("FunctionName",)
    ATTRIBUTES = ("Version", "FunctionArn")

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Version"

    def create(self):
        published = lambda_backends[self.account][self.region].publish_version(self.properties["FunctionName"])
        self.version = str(published.version)
        self.physical_resource_id = published.function_arn

    def update(self):
        """A published version stays as it is."""

    def attribute(self, name):
        return self.version if name == "Version" else self.physical_resource_id

    def delete(self, account, region):
        """Versions go with their function in moto."""


class FunctionUrl(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("TargetFunctionArn", "Qualifier")
    ATTRIBUTES = ("FunctionUrl", "FunctionArn")

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Url"

    def create(self):
        if self.properties["AuthType"] != "AWS_IAM":
            raise ValidationError(message=f"{self.name}: a Function URL that anybody can call")
        backend = lambda_backends[self.account][self.region]
        self.config = backend.create_function_url_config(self.properties["TargetFunctionArn"], self.properties)
        self.physical_resource_id = self.properties["TargetFunctionArn"]

    def update(self):
        backend = lambda_backends[self.account][self.region]
        backend.update_function_url_config(self.properties["TargetFunctionArn"], self.properties)

    def attribute(self, name):
        return f"{self.config.url}/" if name == "FunctionUrl" else self.properties["TargetFunctionArn"]

    def delete(self, account, region):
        with suppress(UnknownFunctionException):
            lambda_backends[account][region].delete_function_url_config(self.properties["TargetFunctionArn"])


class LambdaResourcePolicy(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("ResourceArn",)
    attached = {}

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::ResourcePolicy"

    def create(self):
        arn = self.properties["ResourceArn"]
        if arn in self.attached:
            raise ValidationError(message=f"{self.name}: {arn} has a policy already (NAME_CONFLICT_VALIDATION)")
        self._put(arn)

    def update(self):
        self._put(self.properties["ResourceArn"])

    def _put(self, arn):
        backend = lambda_backends[self.account][self.region]
        function, _, qualifier = arn.split(":function:")[1].partition(":")
        target = backend.get_function(function)
        if qualifier and qualifier != "$LATEST":
            backend.get_alias(qualifier, function)
        document = self.properties["PolicyDocument"]
        if len(json.dumps(document, separators=(",", ":"))) > MAX_POLICY:
            raise ValidationError(message=f"{self.name}: the policy is longer than {MAX_POLICY} bytes")
        for statement in document["Statement"]:
            if statement["Resource"] != arn:
                raise ValidationError(message=f"{self.name}: a statement is about {statement['Resource']}, the policy about {arn}")
        if target is None:
            raise ValidationError(message=f"{self.name}: no function {function}")
        self.attached[arn] = document
        self.physical_resource_id = arn

    def delete(self, account, region):
        del self.attached[self.properties["ResourceArn"]]


class EventInvokeConfig(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("FunctionName", "Qualifier")
    configured = {}

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::EventInvokeConfig"

    def create(self):
        backend = lambda_backends[self.account][self.region]
        backend.get_function(self.properties["FunctionName"])
        if self.properties["Qualifier"] != "$LATEST":
            backend.get_alias(self.properties["Qualifier"], self.properties["FunctionName"])
        self.physical_resource_id = f"{self.properties['FunctionName']}|{self.properties['Qualifier']}"
        if self.physical_resource_id in self.configured:
            raise ValidationError(message=f"{self.name}: {self.physical_resource_id} is configured twice")
        self.configured[self.physical_resource_id] = self.properties

    def update(self):
        self.configured[self.physical_resource_id] = self.properties

    def delete(self, account, region):
        del self.configured[self.physical_resource_id]


class QueryDefinition(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    named = {}

    @staticmethod
    def cloudformation_type():
        return "AWS::Logs::QueryDefinition"

    def create(self):
        given = self.properties
        if given["Name"] in self.named:
            raise ValidationError(message=f"{self.name}: the query {given['Name']} is defined twice")
        groups = {group.name for group in logs_backends[self.account][self.region].groups.values()}
        for group in given.get("LogGroupNames", []):
            if group not in groups:
                raise ValidationError(message=f"{self.name}: no log group {group}")
        self.named[given["Name"]] = given
        self.physical_resource_id = self.name

    def update(self):
        self.named[self.properties["Name"]] = self.properties

    def delete(self, account, region):
        self.named.pop(self.properties["Name"], None)


class TopicPolicy(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"

    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::TopicPolicy"

    def create(self):
        for arn in self.properties["Topics"]:
            document = json.dumps(self.properties["PolicyDocument"])
            sns_backends[self.account][self.region].get_topic(arn).policy = document

    def delete(self, account, region):
        """The topic has its default policy again, or is gone."""


class Subscription(Resource, CloudFormationModel):
    __module__ = "moto.boxsts.models"
    REPLACING = ("TopicArn", "Protocol", "Endpoint")

    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::Subscription"

    def create(self):
        given = self.properties
        made = sns_backends[self.account][self.region].subscribe(given["TopicArn"], given["Endpoint"], given["Protocol"])
        self.physical_resource_id = made.arn

    def update(self):
        """Everything else is in place."""

    def delete(self, account, region):
        sns_backends[account][region].unsubscribe(self.physical_resource_id)


def topic_stays(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto makes another topic for every change; AWS does for another name alone, and ours has none."""
    if "TopicName" in cloudformation_json.get("Properties", {}):
        raise ValidationError(message="a named topic: topic_stays has to model its update")
    return original_resource


def dashboard_stays(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto makes another dashboard for every change; AWS does for another name alone, and ours has none."""
    properties = cloudformation_json["Properties"]
    if "DashboardName" in properties:
        raise ValidationError(message="a named dashboard: dashboard_stays has to model its update")
    original_resource.body = properties["DashboardBody"]
    return original_resource


Topic.update_from_cloudformation_json = classmethod(topic_stays)
Dashboard.update_from_cloudformation_json = classmethod(dashboard_stays)


def removing_update(update):
    """moto keeps what an update has removed in mind, and takes it for what a later update adds under the same id."""

    def removing(self, template, parameters=None):
        removed = set(self._resource_json_map) - set(template["Resources"])
        update(self, template, parameters)
        for logical_id in removed:
            self._parsed_resources.pop(logical_id, None)

    return removing


def retaining_delete(delete):
    """moto retains resources when it deletes a stack, and not when an update removes them from the template."""

    def retaining(self, parsed_resource, resource_json):
        if resource_json.get("DeletionPolicy") != "Retain":
            delete(self, parsed_resource, resource_json)

    return retaining


ResourceMap.update = removing_update(ResourceMap.update)
ResourceMap._delete_resource = retaining_delete(ResourceMap._delete_resource)
