import Loading
import Model

/// docs/lint.md, made from the rules and the table of defects, so that it cannot say anything else than they do.
func lintPage() -> String {
  var page = """
    # What `belay check` knows before a run does

    Beside mistakes of form, `belay check` looks at what a runbook's commands would do. It reads them as a shell does:
    it knows words from quotes, here-documents and comments, and looks inside `sudo`, `timeout`, `sh -c`, `ssh` and
    `$(…)`. `belay check --rules` lists the rules; each is described below with a runbook it fires on and one it does
    not. This page is made from the rules themselves.

    A rule that is wrong for one step is silenced there, with the reason that a colleague would want to read:

    ```yaml
    # belay: allow fixed-sleep because the vendor's tool gives no other sign
    settle:
      diagnose: …
    ```

    The comment stands directly above the step, anywhere in it, or at the end of one of its lines, and holds for that
    step, that question of a system or that node of an inventory. Several rules are set apart by commas. Without a
    reason, or for a rule that does not exist, it is an error (`bad-allow`); where nothing breaks the rule any more, a
    warning (`unused-allow`).

    | rule | | |
    |---|---|---|

    """
  for rule in LintRule.all {
    page += "| [`\(rule.id)`](#\(rule.id)) | \(rule.severity.rawValue) | \(rule.summary) |\n"
  }
  for rule in LintRule.all {
    page += """

      ## \(rule.id)

      **\(rule.summary)** \(rule.explanation)

      ```yaml
      \(rule.fires.text)
      ```

      Instead:

      ```yaml
      \(rule.passes.text)
      ```

      """
  }
  page += """

    ## What only a run can know

    These mistakes were found in real procedures, and no reading of a runbook shows them, or not the whole of them.
    Each is for a verify step, a guard or a person.

    | mistake | what would have to be known |
    |---|---|

    """
  for defect in Defect.all {
    if let onlyARun = defect.onlyARun { page += "| \(defect.what) | \(onlyARun) |\n" }
  }
  return page
}
