// swift-tools-version: 6.0
import Foundation
import PackageDescription

// For iOS, scripts/ios.sh packs libvoice into a framework here. Elsewhere it is a library on the linker's path:
//     swift build -Xlinker -L../../target/release
let framework = "CVoice.xcframework"
let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
let packed = FileManager.default.fileExists(atPath: here.appendingPathComponent(framework).path)

let package = Package(
    name: "Voice",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "Voice", targets: ["Voice"]),
        .executable(name: "voice-cli", targets: ["voice-cli"]),
    ],
    targets: [
        packed ? .binaryTarget(name: "CVoice", path: framework) : .systemLibrary(name: "CVoice"),
        .target(name: "Voice", dependencies: ["CVoice"]),
        .executableTarget(name: "voice-cli", dependencies: ["Voice"]),
        .testTarget(name: "VoiceTests", dependencies: ["Voice"]),
    ]
)
