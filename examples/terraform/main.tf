# The token functions without the CDK. What each principal may do is in policies/, and is what the CDK stack permits
# and denies; test/infra/examples/terraform.test.ts compares the two.
# Not in it: health function, alarms, dashboard, shared cache, OAuth 2.0 users, webhooks. How to add them: docs/deploy.md,
# "What the two examples lack".

terraform {
  required_version = ">= 1.5"
  required_providers {
    # One that has aws_lambda_resource_policy, which was added in September 2026.
    aws     = { source = "hashicorp/aws", version = ">= 6.0" }
    archive = { source = "hashicorp/archive", version = ">= 2.4" }
  }
}

data "aws_caller_identity" "here" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}

locals {
  # A function without a caller is not made: without callers of the Function URL there is no endpoint on the internet.
  names = toset(concat(
    length(var.url_callers) > 0 ? ["token-url"] : [],
    length(var.alias_callers) > 0 ? ["token-invoke"] : [],
  ))
  account = data.aws_caller_identity.here.account_id
  keyed   = { for name, app in var.apps : name => app if app.key_arn != null }
  environment = {
    BOX_STS_POLICY  = "/var/task/policy.json"
    BOX_STS_APPS    = jsonencode({ for name, app in var.apps : name => app.secret_arn })
    BOX_STS_SERVICE = "box-sts" # One name for the metrics of both functions.
  }
  identity = {
    token-url    = { BOX_STS_CALLER = "function-url", BOX_STS_CALLERS = jsonencode(var.url_callers) }
    token-invoke = { BOX_STS_CALLER = "alias" }
  }
}

# --- Each function: code, log group, role ---

data "archive_file" "function" {
  for_each    = local.names
  type        = "zip"
  source_dir  = "${var.functions}/${each.key}"
  output_path = "${path.module}/.terraform/${each.key}.zip"
}

resource "aws_lambda_function" "function" {
  for_each                       = local.names
  function_name                  = "box-sts-${each.key}"
  description                    = "box-sts: Box tokens (${each.key})"
  filename                       = data.archive_file.function[each.key].output_path
  source_code_hash               = data.archive_file.function[each.key].output_base64sha256
  runtime                        = "nodejs24.x"
  handler                        = "index.handler"
  architectures                  = ["arm64"]
  memory_size                    = 512
  timeout                        = 30
  reserved_concurrent_executions = var.reserved_concurrency
  role                           = aws_iam_role.function[each.key].arn
  # An alias points to a version. token-url has none: it refuses callers who come through a qualifier.
  publish = each.key == "token-invoke"
  environment {
    variables = merge(local.environment, local.identity[each.key])
  }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }
  depends_on = [aws_iam_role_policy.log]
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.names
  name              = "/box-sts/${each.key}"
  retention_in_days = var.log_retention_days
  # The audit log stays when the rest is destroyed.
  skip_destroy = true
}

resource "aws_iam_role" "function" {
  for_each           = local.names
  name_prefix        = "box-sts-${each.key}-"
  assume_role_policy = file("${path.module}/policies/trust.json")
}

resource "aws_iam_role_policy" "log" {
  for_each = local.names
  name     = "log"
  role     = aws_iam_role.function[each.key].id
  policy = templatefile("${path.module}/policies/log.json.tftpl", {
    log_group_arn = aws_cloudwatch_log_group.function[each.key].arn
  })
}

# A function exists before its resource policies. Until these deny, it must have no secret to make a token from.
resource "aws_iam_role_policy" "secrets" {
  for_each = local.names
  name     = "secrets"
  role     = aws_iam_role.function[each.key].id
  policy = templatefile("${path.module}/policies/secrets.json.tftpl", {
    secret_arns = jsonencode([for app in var.apps : app.secret_arn])
  })
  depends_on = [
    aws_lambda_resource_policy.token_url,
    aws_lambda_resource_policy.token_invoke,
    aws_lambda_resource_policy.alias,
  ]
}

resource "aws_iam_role_policy" "key" {
  for_each = { for pair in setproduct(local.names, keys(local.keyed)) : join(".", pair) => pair }
  name     = "key-${each.value[1]}"
  role     = aws_iam_role.function[each.value[0]].id
  policy = templatefile("${path.module}/policies/key.json.tftpl", {
    key_arn    = local.keyed[each.value[1]].key_arn
    secret_arn = local.keyed[each.value[1]].secret_arn
    region     = data.aws_region.here.region
    dns_suffix = data.aws_partition.here.dns_suffix
  })
}

# --- token-url: callers are identified by what AWS writes behind the Function URL ---

# No aws_lambda_permission beside these policies: each would overwrite what the other wrote.
resource "aws_lambda_resource_policy" "token_url" {
  for_each     = setintersection(local.names, ["token-url"])
  resource_arn = aws_lambda_function.function[each.key].arn
  policy = templatefile("${path.module}/policies/token-url.json.tftpl", {
    function_arn = aws_lambda_function.function[each.key].arn
    caller_arns  = jsonencode(flatten(values(var.url_callers)))
    account      = local.account
  })
}

resource "aws_lambda_function_url" "token_url" {
  for_each           = aws_lambda_resource_policy.token_url
  function_name      = aws_lambda_function.function[each.key].function_name
  authorization_type = "AWS_IAM"
}

# --- token-invoke: callers are identified by their alias ---

resource "aws_lambda_resource_policy" "token_invoke" {
  for_each     = setintersection(local.names, ["token-invoke"])
  resource_arn = aws_lambda_function.function[each.key].arn
  policy = templatefile("${path.module}/policies/token-invoke.json.tftpl", {
    function_arn = aws_lambda_function.function[each.key].arn
  })
}

resource "aws_lambda_alias" "caller" {
  for_each         = var.alias_callers
  name             = each.key
  function_name    = aws_lambda_function.function["token-invoke"].function_name
  function_version = aws_lambda_function.function["token-invoke"].version
  depends_on       = [aws_lambda_resource_policy.token_invoke]
}

resource "aws_lambda_resource_policy" "alias" {
  for_each     = var.alias_callers
  resource_arn = aws_lambda_alias.caller[each.key].arn
  policy = templatefile("${path.module}/policies/alias.json.tftpl", {
    alias_arn  = aws_lambda_alias.caller[each.key].arn
    caller_arn = each.value
    account    = local.account
  })
}

# No caller waits for the response to an asynchronous invocation.
resource "aws_lambda_function_event_invoke_config" "alias" {
  for_each                     = aws_lambda_alias.caller
  function_name                = each.value.function_name
  qualifier                    = each.key
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}
