received! {
    /// One entry of the platform's configuration.
    pub struct PlatformConfig {
        /// Its dotted name.
        name: String,
        /// The number of its type; new text values have 0.
        value_type: i64,
        /// Its value as text; secrets read `**REDACTED**` without privileges.
        value: Option<String>,
        /// What it is for.
        description: Option<String>,
    }
}

sent! {
    /// An entry of the platform's configuration, to create or to change.
    pub struct PlatformConfigFields {
        required {}
        optional {
            /// Its dotted name.
            name: String,
            /// The number of its type; 0 for text.
            value_type: i64,
            /// Its value as text.
            value: String,
            /// What it is for.
            description: String,
        }
    }

    /// What [`HeatRuntime::set_config_value`](crate::HeatRuntime::set_config_value) writes beside the value when it creates an entry.
    pub struct SetConfigOptions {
        required {}
        optional {
            /// The number of its type; 0 by default.
            value_type: i64,
            /// What it is for.
            description: String,
        }
    }
}
