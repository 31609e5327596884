# Keys in AWS KMS for a splitsign signer, and the least that the signer needs to use them.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  all_keys = "arn:${data.aws_partition.current.partition}:kms:*:${data.aws_caller_identity.current.account_id}:key/*"
}

resource "aws_kms_key" "signing" {
  for_each = var.keys

  description              = "splitsign ${each.key}: ${each.value}"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = var.deletion_window_in_days
  policy                   = data.aws_iam_policy_document.key.json
  # Asymmetric keys do not rotate by themselves: `splitsign keys rotate` makes the next version, which is another key.
  tags = merge(var.tags, { "splitsign:key" = each.key, "splitsign:version" = "1" })
}

resource "aws_kms_alias" "signing" {
  for_each = var.keys

  name          = "alias/${var.name}/${replace(each.key, ".", "-")}"
  target_key_id = aws_kms_key.signing[each.key].key_id
}

# Who may do what with a key. IAM policies of the account can give the rest.
data "aws_iam_policy_document" "key" {
  statement {
    sid       = "AccountPoliciesDecide"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(var.administrator_arns) > 0 ? [1] : []

    content {
      sid       = "AdministratorsDoNotSign"
      effect    = "Deny"
      actions   = ["kms:Sign"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = var.administrator_arns
      }
    }
  }
}

# What the signer needs: docs/guides/aws-kms.md has the same as JSON.
data "aws_iam_policy_document" "signer" {
  statement {
    sid       = "SignDigests"
    actions   = ["kms:Sign"]
    resources = [for key in aws_kms_key.signing : key.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:MessageType"
      values   = ["DIGEST"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:SigningAlgorithm"
      values   = ["ECDSA_SHA_256"]
    }
  }

  statement {
    sid       = "LookAtKeys"
    actions   = ["kms:DescribeKey", "kms:GetPublicKey"]
    resources = [for key in aws_kms_key.signing : key.arn]
  }

  dynamic "statement" {
    for_each = var.signer_may_create_keys ? [1] : []

    content {
      sid       = "MakeSigningKeys"
      actions   = ["kms:CreateKey", "kms:TagResource"]
      resources = ["*"]

      condition {
        test     = "StringLike"
        variable = "aws:RequestTag/splitsign:key"
        values   = ["*"]
      }
    }
  }

  # What it made itself, it may use.
  dynamic "statement" {
    for_each = var.signer_may_create_keys ? [1] : []

    content {
      sid       = "SignWithKeysThatItMade"
      actions   = ["kms:Sign"]
      resources = [local.all_keys]

      condition {
        test     = "StringLike"
        variable = "aws:ResourceTag/splitsign:key"
        values   = ["*"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:MessageType"
        values   = ["DIGEST"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:SigningAlgorithm"
        values   = ["ECDSA_SHA_256"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.signer_may_create_keys ? [1] : []

    content {
      sid       = "LookAtKeysThatItMade"
      actions   = ["kms:DescribeKey", "kms:GetPublicKey"]
      resources = [local.all_keys]
    }
  }
}

resource "aws_iam_policy" "signer" {
  name        = "${var.name}-signer"
  description = "What the splitsign signer needs of AWS KMS"
  policy      = data.aws_iam_policy_document.signer.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "signer" {
  count = var.signer_role_name == null ? 0 : 1

  role       = var.signer_role_name
  policy_arn = aws_iam_policy.signer.arn
}
