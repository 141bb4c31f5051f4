/// Every rule there is: the one list that checks, `belay check --rules`, docs/lint.md and the tests read.
extension LintRule {
  package static let all: [LintRule] = [
    .rmOfRoot, .rmOfVariable, .rmOfReference, .rmAfterCd, .diskOverwrite, .emptyPath,
    .wipeWithoutEffect, .wipeBeforeCopy, .repairBeforeCheck, .moveBeforeBackupCheck,
    .stopWithoutEffect, .removeWithoutEffect, .addWithoutEffect, .scaleWithoutEffect,
    .memberAddKind, .evenVoters, .notAtLeader, .promoteUnchecked, .startBeforeAdd,
    .allAtOnce, .killHard, .nestedSSH, .hardCodedNode, .appendSection,
    .writeInCheck, .unboundedLoop, .fixedSleep, .neverReturns, .needsAPerson, .sudoPassword,
    .grepActive, .lostFailure, .curlWithoutFail, .unquotedPattern, .grpcurlFields, .idAsHost,
    .nginxConfig, .tcpProbeOfUDP, .plainHTTP, .systemPlainHTTP, .portCollision, .systemPortCollision,
    .secretInCommand, .copiesPrivateKeys, .readableKey, .insecureTransport,
  ]
}
