/// The outcome of something.
enum Status: Int32 {
    /// All is well.
    /// - C: I2V_OK
    case ok = 0
    /// Too hot.
    case tooHot = 0x10
    /// The water's URL is wrong.
    case badWaterURL = -2
}

struct Kettle {
    /// How it sounds.
    enum Whistle: Int32 {
        /// Hardly audible, and described in so many words that the description does not fit behind the name
        /// of the constant.
        case low = 1
        /// Loud.
        case `default` = 2
    }
}

struct Other {
    /// Another enum of the same name, to show that a full name tells them apart.
    enum Whistle: Int32 {
        case none = 0
    }
}
