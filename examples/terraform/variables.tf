variable "apps" {
  description = "Box apps by the name that callers use, each with the complete ARN of its secret and, where a customer key encrypts it, the key's ARN."
  type        = map(object({ secret_arn = string, key_arn = optional(string) }))
  validation {
    condition     = alltrue([for app in var.apps : can(regex(":secret:.+-[A-Za-z0-9]{6}$", app.secret_arn))])
    error_message = "secret_arn: the ARN has to end in the dash and the six characters that AWS added to the name (aws secretsmanager describe-secret --secret-id NAME --query ARN)."
  }
}

variable "url_callers" {
  description = "Callers of the Function URL: the name that the policy uses for each, and the ARNs of its roles, with their paths."
  type        = map(list(string))
  default     = {}
}

variable "alias_callers" {
  description = "Callers of an alias: the name of each alias, and the ARN of the one role, with its path, that may invoke it."
  type        = map(string)
  default     = {}
}

variable "functions" {
  description = "Folder of the built functions, with the policy: npm run build -- --policy FILE writes it."
  type        = string
  default     = "../../dist/functions"
}

variable "reserved_concurrency" {
  description = "Invocations at once that each function may have; 0 stops the service, -1 reserves nothing."
  type        = number
  default     = 50
}

variable "log_retention_days" {
  description = "Days for which the audit log is kept."
  type        = number
  default     = 365
}
