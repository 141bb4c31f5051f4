// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict)
  -> Target
{
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The evaluator hands closures down its recursion, and this pass specializes each level for each of them: the
/// release build would not end.
let withoutClosureSpecialization = SwiftSetting.unsafeFlags(
  ["-Xllvm", "-sil-disable-pass=closure-specialize"], .when(configuration: .release))

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name,
    dependencies: dependencies + ["TestSupport"],
    exclude: exclude,
    swiftSettings: strict,
    linkerSettings: [.linkedLibrary("m")]
  )
}

func library(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

// Data flows one way: arguments ▸ Loading ▸ Planning ▸ Execution ▸ Journal ▸ Report.
// Planning sees neither Transport, Journal nor YAML, so a dry run is honest by construction.
let package = Package(
  name: "belay",
  products: [.executable(name: "belay", targets: ["belay"])],
  targets: [
    library("CSSH", "libssh", apt: "libssh-dev"),
    library("CYAML", "yaml-0.1", apt: "libyaml-dev"),
    library("CCrypto", "libcrypto", apt: "libssl-dev"),
    library("COnig", "oniguruma", apt: "libonig-dev"),

    .systemLibrary(name: "CLinux"),
    room("Model"),
    room("Platform", ["CLinux"]),
    room("Hashing", ["CCrypto"]),
    room("Transport", ["Model"]),
    room("Expressions", ["Model", "COnig"], settings: strict + [withoutClosureSpecialization]),
    room("Loading", ["Model", "Expressions", "CYAML"]),
    room("Editing", ["Model"]),
    room("Planning", ["Model", "Expressions", "Hashing", "Editing"]),
    room("Journal", ["Model", "Hashing", "Platform"]),
    room("Execution", ["Model", "Expressions", "Planning", "Hashing", "Journal", "Transport", "Platform"]),
    room("SSH", ["Model", "Transport", "Platform", "CSSH"]),
    room("Signing", ["Model", "Hashing", "Platform"]),
    room("Lab", ["Model", "Platform"]),
    room("Report", ["Model", "Platform", "Hashing", "Planning", "Execution"]),
    room(
      "CLI",
      [
        "Model", "Platform", "Hashing", "Transport", "Expressions", "Loading", "Planning", "Journal",
        "Execution", "SSH", "Signing", "Lab", "Report",
      ]
    ),
    .executableTarget(
      name: "belay", dependencies: ["CLI", "Model", "Platform"], swiftSettings: strict,
      linkerSettings: [.linkedLibrary("m")]),

    .executableTarget(
      name: "journal-speed", dependencies: ["Model", "Hashing", "Journal", "Platform"],
      path: "Benchmarks/journal", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),

    room("TestSupport", ["Model", "Platform", "Transport", "Journal"]),
    tests("ModelTests", ["Model"]),
    tests("ExpressionsTests", ["Expressions", "Model", "Platform"], exclude: ["Fixtures"]),
    tests("EditingTests", ["Editing", "Model", "Platform"]),
    tests("PlatformTests", ["Platform"]),
    tests("HashingTests", ["Hashing"]),
    tests("SSHTests", ["Model", "Transport", "SSH"]),
    tests("SigningTests", ["Signing", "Model", "Planning", "Platform"]),
    .testTarget(
      name: "LoadingTests", dependencies: ["Model", "Expressions", "Loading", "Report", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    tests("CLITests", ["CLI", "Model", "Loading", "Planning", "Platform", "belay"]),
    tests("ReportTests", ["Report", "Model", "Platform"]),
    tests("FuzzTests", ["Model", "Expressions", "Loading", "Platform"], exclude: ["Corpus", "libfuzzer"]),
    tests(
      "DocsTests",
      ["Model", "Platform", "Expressions", "Loading", "Planning", "Report", "CLI", "belay"]),
    tests("LabTests", ["Lab", "Model", "Platform"]),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["Model", "Hashing", "Platform", "Loading", "Planning", "Report", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    tests(
      "ExecutionTests",
      ["Model", "Platform", "Hashing", "Loading", "Planning", "Journal", "Transport", "Execution", "SSH"]),
    tests(
      "SimulationTests",
      ["Model", "Platform", "Hashing", "Loading", "Planning", "Journal", "Transport", "Execution"]),
    tests("EndToEndTests", ["Lab", "Model", "Platform", "belay"]),
    tests("JournalTests", ["Journal", "Hashing", "Platform", "Model", "Execution"], exclude: ["Fixtures"]),
  ]
)
