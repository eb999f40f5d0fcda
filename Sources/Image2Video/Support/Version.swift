/// The library's version: the one place where it is written down.
public enum Version {
    public static let text = "0.1.0"
}
