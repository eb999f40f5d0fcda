// swift-tools-version: 6.1
import PackageDescription

// What ships is compiled as Embedded Swift (`--traits Embedded`), which needs no Swift runtime on the host.
// Without the trait the same sources build as ordinary Swift for tests, sanitizers and Swift hosts. Compiler flags
// that only the shipped library wants are in the Makefile: a package with unsafe flags cannot be depended on.
let settings: [SwiftSetting] = [.enableExperimentalFeature("Embedded", .when(traits: ["Embedded"]))]

let package = Package(
    name: "image2video",
    products: [
        .library(name: "Image2Video", targets: ["Image2Video"]),
        .library(name: "Image2VideoC", type: .static, targets: ["Image2VideoC"]),
    ],
    traits: [
        .trait(name: "Embedded", description: "Build without the Swift runtime, for the shared library.")
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSystem"),
        .target(
            name: "Image2Video",
            dependencies: ["CCurl", "CJansson", "CCrypto", "CSQLite", "CZlib", "CSystem"],
            swiftSettings: settings,
            linkerSettings: [.linkedLibrary("m")]),
        .target(
            name: "Image2VideoC", dependencies: ["Image2Video"], exclude: ["Header.md"],
            swiftSettings: settings),
        .testTarget(name: "Image2VideoTests", dependencies: ["Image2Video"], exclude: ["Fixtures"]),
    ]
)
