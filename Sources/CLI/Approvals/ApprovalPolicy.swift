import Model
import Planning

extension Flag {
  static let requireApproval = Flag(
    name: "require-approval", value: "N",
    help: "have the plan applied only once N others have approved it (see belay approve)")
  static let allowedSigners = Flag(
    name: "allowed-signers", value: "FILE",
    help: "who may approve, as OpenSSH lists them; the inventory's approvals: wins")
  static let key = Flag(
    name: "key", value: "FILE", help: "the SSH key to sign with (default: the agent's, then ~/.ssh)")
}

extension PlanApproval {
  /// What the inventory demands and what the operator adds to it: a command line can only ask for more.
  static func asked(_ arguments: Arguments, by rule: ApprovalRule?) throws -> PlanApproval? {
    let path = arguments.value(.allowedSigners)
    if let rule, let path, path != rule.allowedSigners {
      throw UsageError(
        "the inventory says who may approve: \(rule.allowedSigners); leave --allowed-signers out")
    }
    var asked = 0
    if arguments.has(.requireApproval) {
      asked = try arguments.count(.requireApproval, or: 0)
      guard (1...20).contains(asked) else {
        throw UsageError("--require-approval takes a number of people from 1 to 20")
      }
    }
    guard asked > 0 || rule != nil else {
      if path != nil { throw UsageError("--allowed-signers says who may approve; add --require-approval N") }
      return nil
    }
    guard let signers = rule?.allowedSigners ?? path else {
      throw UsageError(
        "--require-approval needs to know who may approve: name them with --allowed-signers FILE, or write "
          + "approvals: into the inventory")
    }
    return PlanApproval(required: max(asked, rule?.required ?? 0), allowedSigners: signers)
  }

  /// What a plan that was made earlier needs by now.
  static func again(_ reviewed: PlanApproval?, by rule: ApprovalRule?) -> PlanApproval? {
    guard reviewed != nil || rule != nil else { return nil }
    return PlanApproval(
      required: max(reviewed?.required ?? 0, rule?.required ?? 0),
      allowedSigners: rule?.allowedSigners ?? reviewed?.allowedSigners ?? "", author: reviewed?.author)
  }

  var people: String { required == 1 ? "1 person" : "\(required) people" }
}

extension Workspace {
  /// The inventory may demand more than when the plan was made. Nobody need be connected to for knowing that.
  func refuseOlderRule(than reviewed: Plan) throws {
    let now = reviewed.changesSomething ? planner.approval : nil
    guard now != reviewed.approval else { return }
    func told(_ approval: PlanApproval?) -> String {
      approval.map { "\($0.people) of \($0.allowedSigners)" } ?? "nobody"
    }
    throw Stop(
      .changed,
      "the plan was to be approved by \(told(reviewed.approval)), and now needs \(told(now)); nothing was changed",
      help: "make and review a new plan")
  }
}

extension Plan {
  /// For plans that are applied as soon as they are made.
  func refuseWithoutApproval() throws {
    guard let approval else { return }
    throw Stop(
      .refused,
      "this change needs the approval of \(approval.people) besides the one who plans it; nothing was changed",
      help: "save it with `belay plan … --out FILE`, have it approved with `belay approve FILE`, then "
        + "`belay apply FILE`")
  }
}
