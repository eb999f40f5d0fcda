// swift-tools-version: 6.1
// The project's own tools. A package apart, so that the library depends on no Swift package at all.
import PackageDescription

let package = Package(
    name: "image2video-tools",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/swiftlang/swift-syntax.git", exact: "603.0.1"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: [
        // A local stand-in for the service: same routes, same fields, real MP4s.
        .executableTarget(
            name: "Sandbox",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                // Webhooks are sealed with AES-CBC, which is not in Crypto itself.
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Writes the C header and everything else that follows from the exported declarations.
        .executableTarget(
            name: "ABIGenerator",
            dependencies: [
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "ABIGeneratorTests",
            dependencies: ["ABIGenerator"],
            exclude: ["Fixture"]),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["Sandbox"]),
    ]
)
