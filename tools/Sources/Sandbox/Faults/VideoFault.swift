/// What can befall the video behind an address for good, other requests for it included.
enum VideoFault: String, Sendable, CaseIterable {
    /// Other bytes from now on, under another entity tag.
    case changeEntity = "change_entity"
    /// The address is refused from now on; `results` hands out another.
    case expire
    /// As after its seven days: not found, whatever the address.
    case gone
}
