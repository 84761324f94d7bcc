/// A file of the web client: what a browser is given when it asks for the path.
public struct WebAsset: Sendable {
    /// The file's name.
    public let name: String
    /// Its exact bytes.
    public let bytes: [UInt8]

    private init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Where it is found: the page itself at the top, what the page is made of below `/assets/`.
    public var path: String { name == "index.html" ? "/" : "/assets/\(name)" }

    /// Its media type, with the character set.
    public var contentType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// All of them. A new file is added here and in Package.swift; a test compares both with the folder.
    public static let all: [WebAsset] = [
        WebAsset("index.html", PackageResources.index_html),
        WebAsset("theme.css", PackageResources.theme_css),
        WebAsset("layout.css", PackageResources.layout_css),
        WebAsset("chat.css", PackageResources.chat_css),
        WebAsset("icon.svg", PackageResources.icon_svg),
        WebAsset("early.js", PackageResources.early_js),
        WebAsset("app.js", PackageResources.app_js),
        WebAsset("client.js", PackageResources.client_js),
        WebAsset("connection.js", PackageResources.connection_js),
        WebAsset("refusal.js", PackageResources.refusal_js),
        WebAsset("limits.js", PackageResources.limits_js),
        WebAsset("preferences.js", PackageResources.preferences_js),
        WebAsset("words.js", PackageResources.words_js),
        WebAsset("strings-en.js", PackageResources.strings_en_js),
        WebAsset("strings-zh.js", PackageResources.strings_zh_js),
        WebAsset("dom.js", PackageResources.dom_js),
        WebAsset("notes.js", PackageResources.notes_js),
        WebAsset("dialog.js", PackageResources.dialog_js),
        WebAsset("store.js", PackageResources.store_js),
        WebAsset("conversation.js", PackageResources.conversation_js),
        WebAsset("feed.js", PackageResources.feed_js),
        WebAsset("outbox.js", PackageResources.outbox_js),
        WebAsset("actions.js", PackageResources.actions_js),
        WebAsset("view-entry.js", PackageResources.view_entry_js),
        WebAsset("view-shell.js", PackageResources.view_shell_js),
        WebAsset("view-chats.js", PackageResources.view_chats_js),
        WebAsset("view-people.js", PackageResources.view_people_js),
        WebAsset("view-groups.js", PackageResources.view_groups_js),
        WebAsset("view-group.js", PackageResources.view_group_js),
        WebAsset("view-chat.js", PackageResources.view_chat_js),
        WebAsset("view-composer.js", PackageResources.view_composer_js),
        WebAsset("view-messages.js", PackageResources.view_messages_js),
        WebAsset("view-message.js", PackageResources.view_message_js),
        WebAsset("view-search.js", PackageResources.view_search_js),
        WebAsset("view-settings.js", PackageResources.view_settings_js),
    ]
}
