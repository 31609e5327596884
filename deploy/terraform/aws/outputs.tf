output "key_arns" {
  description = "splitsign key id => ARN: `splitsign keys adopt KEY --provider aws-kms ARN`"
  value       = { for id, key in aws_kms_key.signing : id => key.arn }
}

output "policy_arn" {
  description = "The policy of the signer, for a role that this module does not know."
  value       = aws_iam_policy.signer.arn
}

output "signer_policy_json" {
  description = "The policy of the signer as JSON, to be compared with docs/guides/aws-kms.md."
  value       = data.aws_iam_policy_document.signer.json
}
