import Testing

@testable import Image2Video
