import Foundation

/// The models on offer. Between them the entries show every shape that the service's list has been seen in, and
/// like the service's they come in no order: clients sort by `sort`.
enum ModelCatalogue {
    /// The entries of some types. Types that are not implemented have none.
    static func entries(ofTypes types: [Int]) -> [JSON] {
        all.filter { entry in types.contains { entry["type"] == .int($0) } }
    }

    /// The image to video model that a `model_name` means.
    static func model(named name: String) -> Model? { models[name] }

    private static let models: [String: Model] = {
        let imageToVideo = entries(ofTypes: [1501]).map(Model.init)
        return Dictionary(imageToVideo.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }()

    private static let all = JSON(parsing: Data(text.utf8))?.array ?? []

    private static let text = """
        [
          {
            "sort": 80, "group": "Seedance", "provider": "bytedance", "type": 1501,
            "label": "Seedance 1.0 Lite", "value": "seedance-1-0-lite-i2v-250428",
            "description": "Quick and even motion, first and last frame",
            "resolutionList": [
              {"label": "480P", "value": "480p", "width": 854, "height": 480, "unit_credit": 3},
              {"label": "720P", "value": "720p", "width": 1280, "height": 720, "unit_credit": 5},
              {"label": "1080P", "value": "1080p", "width": 1920, "height": 1080, "unit_credit": 12}
            ],
            "durationList": [5, 10], "isPro": false, "requiresPay": false, "generate_audio": false,
            "supportedLastFrame": true, "supportedExtendPrompt": true, "maxImageCount": 1, "maxCount": 10
          },
          {
            "sort": 100, "group": "Akool", "provider": "akool", "type": 1501,
            "label": "Akool Fast", "value": "AkoolImage2VideoFastV1",
            "description": "The quickest way from a picture to a clip",
            "resolutionList": [
              {"label": "720p", "value": "720p", "width": 1280, "height": 720, "unit_credit": 0.8},
              {"label": "1080p", "value": "1080p", "width": 1920, "height": 1080, "unit_credit": 1.2},
              {"label": "4K", "value": "4k", "width": 3840, "height": 2160, "unit_credit": 3}
            ],
            "durationList": [5, 10], "isPro": false, "requiresPay": false, "generate_audio": null,
            "supportedLastFrame": false, "supportedExtendPrompt": true, "maxImageCount": 1, "maxCount": 4
          },
          {
            "sort": 95, "group": "Akool", "provider": "akool", "type": 1501,
            "label": "Akool HD", "value": "AkoolImage2VideoHDV1",
            "description": "One resolution, one length; an entry of the older form",
            "resolutionList": [], "durationList": [5], "unit_credit": 3,
            "tags": ["HD", "Stable"], "ratioList": ["16:9", "9:16", "1:1"], "supportedReference": true,
            "isPro": false, "requiresPay": false, "supportedExtendPrompt": false, "maxCount": 1
          },
          {
            "sort": 60, "group": "MiniMax", "provider": "minimax", "type": 1501,
            "label": "Hailuo 2.3", "value": "MiniMax-Hailuo-2.3/image-to-video",
            "description": "Lengths depend on the resolution",
            "resolutionList": [
              {
                "label": "768P", "value": "768P", "width": 1366, "height": 768, "unit_credit": 2,
                "durationList": [6, 10]
              },
              {
                "label": "1080P", "value": "1080P", "width": 1920, "height": 1080, "unit_credit": 4,
                "durationList": [6]
              }
            ],
            "isPro": true, "requiresPay": false, "generate_audio": false, "supportedLastFrame": true,
            "supportedExtendPrompt": true, "maxImageCount": 1, "maxCount": 2
          },
          {
            "sort": 90, "group": "Kling", "provider": "kwaivgi", "type": 1501,
            "label": "Kling O3 Pro", "value": "kwaivgi/kling-video-o3-pro/image-to-video",
            "description": "Any length from 3 to 15 seconds, with sound at a surcharge",
            "resolutionList": [
              {"label": "720p", "value": "720p", "width": 1280, "height": 720, "unit_credit": 4},
              {"label": "1080p", "value": "1080p", "width": 1920, "height": 1080, "unit_credit": 6}
            ],
            "durationList": [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
            "isPro": false, "requiresPay": true,
            "generate_audio": {
              "required": false, "type": "boolean", "default": false, "extra_credit_multiplier": 0.5
            },
            "supportedLastFrame": true, "supportedExtendPrompt": false, "maxImageCount": 4, "maxCount": 4
          },
          {
            "sort": 75, "group": "Aurora", "provider": "sandbox", "type": 1501,
            "label": "Aurora 1.5", "value": "sandbox/aurora-1.5/image-to-video",
            "description": "Resolutions in pixels, with sound at no charge",
            "resolutionList": [
              {"label": "Landscape", "value": "1280x720", "width": 1280, "height": 720, "unit_credit": 1},
              {"label": "Portrait", "value": "720x1280", "width": 720, "height": 1280, "unit_credit": 1}
            ],
            "durationList": [4, 8], "tags": [], "isPro": false, "requiresPay": false,
            "generate_audio": true, "supportedLastFrame": false, "supportedExtendPrompt": true,
            "maxImageCount": 1, "maxCount": 4
          },
          {
            "sort": 85, "group": "Aurora", "provider": "sandbox", "type": 1501,
            "label": "Aurora 2 Voice", "value": "sandbox/aurora-2-voice",
            "description": "Always with sound; its resolutions name no sides and no price of their own",
            "resolutionList": [{"label": "540p", "value": "540p"}, {"label": "720p", "value": "720p"}],
            "durationList": [3, 5, 8], "unit_credit": 2, "tags": ["New", "Sound"], "ratioList": [],
            "isPro": false, "requiresPay": false,
            "generate_audio": {
              "required": true, "type": "boolean", "default": true, "extra_credit_multiplier": 0
            },
            "supportedLastFrame": true, "supportedExtendPrompt": true, "maxImageCount": 2, "maxCount": 4
          },
          {"sort": 10, "type": 1501, "label": "Plain", "value": "sandbox/plain"},
          {
            "sort": 50, "group": "Seedance", "provider": "bytedance", "type": 1502,
            "label": "Seedance 1.0 Lite", "value": "seedance-1-0-lite-t2v-250428",
            "description": "Text to video",
            "resolutionList": [
              {"label": "720P", "value": "720p", "width": 1280, "height": 720, "unit_credit": 1}
            ],
            "durationList": [5, 10], "ratioList": ["16:9", "9:16", "1:1"], "isPro": false,
            "requiresPay": false, "generate_audio": null, "maxCount": 4
          },
          {
            "sort": 50, "group": "Akool", "provider": "akool", "type": 2101,
            "label": "Character Swap", "value": "AkoolCharacterSwapV1",
            "description": "Puts one person in the place of another",
            "resolutionList": [], "durationList": [], "unit_credit": 2, "isPro": false,
            "requiresPay": false
          }
        ]
        """
}
