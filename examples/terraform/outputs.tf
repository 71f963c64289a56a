output "token_url" {
  description = "Where callers of the Function URL send their requests; null without such callers."
  value       = one([for url in aws_lambda_function_url.token_url : "${url.function_url}oauth2/token"])
}

output "functions" {
  description = "Names of the functions, by what they are: token-invoke is what callers invoke, each through its alias."
  value       = { for name, one in aws_lambda_function.function : name => one.function_name }
}
