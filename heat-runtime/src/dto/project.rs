use serde_json::Value;

received! {
    /// A project: what sessions belong to.
    pub struct Project {
        /// Core's number for it.
        id: Option<i64>,
        /// Its number in hexadecimal.
        hex_id: String,
        /// Its title.
        title: String,
        /// What it is for.
        description: Option<String>,
        /// The name of its icon.
        icon: Option<String>,
        /// The user it belongs to.
        owner_id: i64,
        /// That user.
        owner: Option<User>,
        /// The template new sessions take.
        default_session_template_id: i64,
        /// That template.
        default_session_template: Option<Value>,
        /// When it was made, ISO 8601.
        created_at: Option<String>,
    }

    /// A user.
    pub struct User {
        /// Core's number for it.
        id: Option<i64>,
        /// The user's address.
        email: String,
        /// 0 for the system's own users, 1 for people.
        r#type: i64,
        /// Whether the user may come in.
        is_active: Option<bool>,
        /// When it was made, ISO 8601.
        created_at: Option<String>,
        /// The user's id at the identity provider.
        #[serde(rename = "externalB2CId")]
        external_b2c_id: Option<String>,
        /// The user's GUID.
        #[serde(rename = "externalHEATId")]
        external_heat_id: Option<String>,
    }
}

sent! {
    /// A project, to create or to change: Core wants all of it each time.
    pub struct ProjectFields {
        required {
            /// Its title.
            title: String,
            /// What it is for.
            description: String,
            /// The name of its icon.
            icon: String,
            /// The user it belongs to.
            owner_id: i64,
            /// The template new sessions take.
            default_session_template_id: i64,
        }
        optional {}
    }
}
