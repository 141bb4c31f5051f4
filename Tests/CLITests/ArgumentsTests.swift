import Model
import Platform
import Testing

@testable import CLI

@Suite struct ArgumentsTests {
  private let flags: [Flag] = [.inventory, .set, .yes, .limit]

  @Test func readsFlagsAndWordsInAnyOrder() throws {
    let arguments = try Arguments(
      ["n4", "-i", "a.yaml", "--yes", "--set=x=1", "-e", "y=2", "--inventory", "b.yaml", "--", "-odd"],
      flags: flags, command: "run")
    #expect(arguments.positionals == ["n4", "-odd"])
    #expect(arguments.values(.inventory) == ["a.yaml", "b.yaml"])
    #expect(arguments.values(.set) == ["x=1", "y=2"])
    #expect(arguments.has(.yes))
    #expect(!arguments.has(.limit))
  }

  @Test(arguments: [
    (["--yess"], "did you mean --yes?"), (["--limit"], "--limit needs a value"),
    (["--yes=1"], "--yes takes no value"),
    (["-l", "a", "-l", "b"], "--limit is given twice"), (["-x"], "knows no flag -x"),
  ])
  func refusesWhatItDoesNotUnderstand(words: [String], says: String) {
    do {
      _ = try Arguments(words, flags: flags, command: "run")
      Issue.record("\(words) were accepted")
    } catch {
      #expect((error as? UsageError)?.message.contains(says) == true)
    }
  }

  @Test func boundsNumbers() throws {
    let arguments = try Arguments(["--forks", "many"], flags: [.forks], command: "run")
    #expect(throws: UsageError.self) { try arguments.count(.forks, or: 64) }
    #expect(try Arguments([], flags: [.forks], command: "run").count(.forks, or: 64) == 64)
  }
}

@Suite struct CommandTests {
  @Test func everyCommandExplainsItself() {
    for command in Command.all {
      #expect(command.helpText.hasPrefix("usage: belay \(command.name)"))
      #expect(
        CommandLineTool.overview.contains("  \(command.name) "), "\(command.name) is not in the overview")
      #expect(Set(command.flags.map(\.name)).count == command.flags.count)
    }
  }

  @Test func runsSortByTimeAndDiffer() {
    let runs = (0..<50).map { _ in RunStore.newRunID() }
    #expect(Set(runs).count > 40)
    #expect(runs[0].rawValue.count == "20261121-101530-4f2a".count)
    // `last` is the one that sorts last, also when two begin in one second.
    let moments = stride(from: Int64(0), to: 3000, by: 7).map {
      Timestamp(millisecondsSince1970: 1_795_000_000_000 + $0)
    }
    let inOrder = moments.map { RunStore.newRunID(at: $0).rawValue }
    #expect(inOrder == inOrder.sorted())
  }
}
