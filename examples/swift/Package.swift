// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "image2video-examples",
    dependencies: [.package(name: "image2video", path: "../..")],
    targets: [
        .executableTarget(
            name: "SaveOne", dependencies: [.product(name: "Image2Video", package: "image2video")]),
        .executableTarget(
            name: "Many", dependencies: [.product(name: "Image2Video", package: "image2video")]),
        .executableTarget(
            name: "Watch", dependencies: [.product(name: "Image2Video", package: "image2video")]),
    ]
)
