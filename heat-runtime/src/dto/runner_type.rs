received! {
    /// A kind of runner: the container Core starts for its tasks.
    pub struct RunnerType {
        /// Core's number for it.
        id: i64,
        /// Its name.
        name: String,
        /// The container's image.
        container_image: String,
        /// As `1` or `500m`.
        cpu_limit: String,
        /// As `1Gi`.
        memory_limit: String,
        /// What it does.
        description: String,
        /// When it was made, ISO 8601.
        created_at: String,
        /// When it was last changed, ISO 8601.
        updated_at: String,
        /// Whether Core starts it.
        enabled: bool,
        /// The feature it belongs to.
        feature_internal_name: String,
    }
}

sent! {
    /// A kind of runner, to create or to change.
    pub struct RunnerTypeFields {
        required {
            /// Its name.
            name: String,
            /// The container's image.
            container_image: String,
        }
        optional {
            /// As `1` or `500m`.
            cpu_limit: String,
            /// As `1Gi`.
            memory_limit: String,
            /// What it does.
            description: String,
            /// Whether Core starts it.
            enabled: bool,
            /// The feature it belongs to.
            feature_internal_name: String,
        }
    }
}
