use serde::{Deserialize, Deserializer};

use super::{NodeOutput, ScenarioInstance};

received! {
    /// One dashboard of a session: an output, seen by some users.
    pub struct SessionDimension {
        /// Core's number for it.
        id: Option<i64>,
        /// Its name.
        dimension_name: String,
        /// The output it shows.
        node_output_id: i64,
        /// That output.
        data: Option<NodeOutput>,
        /// Who may see it.
        dimension_users: Option<Vec<SessionDimensionUser>>,
        /// Who may see it, by id.
        dimension_user_ids: Option<Vec<serde_json::Value>>,
        /// The scenario it belongs to.
        scenario_instance: Option<ScenarioInstance>,
        /// The layout, as JSON text.
        layout_configuration: Option<String>,
        /// The scenario's GUID.
        scenario_instance_id: String,
        /// The session's GUID.
        session_id: String,
    }

    /// A user who may see a dimension.
    pub struct SessionDimensionUser {
        /// Core's number of the user.
        internal_id: i64,
        /// The user's GUID.
        #[serde(rename = "externalHEATId")]
        external_heat_id: String,
        /// As `Trainee`.
        role: String,
        /// The user's group.
        group: String,
    }
}

sent! {
    /// A dimension to create.
    pub struct NewSessionDimension {
        required {
            /// The scenario's GUID.
            scenario_instance_id: String,
            /// Its name; `None` is sent as null.
            #[serde(default)]
            dimension_name: Option<String>,
            /// The output it shows.
            node_output_id: i64,
            /// The layout, as JSON text; `None` is sent as null.
            #[serde(default)]
            layout_configuration: Option<String>,
        }
        optional {
            /// Who may see it.
            dimension_user_ids: Vec<i64>,
        }
    }

    /// What of a dimension is to change.
    pub struct SessionDimensionFields {
        required {}
        optional {
            /// Its name.
            dimension_name: String,
            /// The output it shows.
            node_output_id: i64,
            /// Who may see it.
            dimension_user_ids: Vec<i64>,
            /// The layout, as JSON text; `Some(None)` takes it away.
            #[serde(deserialize_with = "present")]
            layout_configuration: Option<String>,
            /// `Next` or `Legacy`.
            dashboard_version: String,
        }
    }

    /// Which dimensions [`HeatRuntime::list_dimensions_for_user`](crate::HeatRuntime::list_dimensions_for_user) lists: of one user,
    /// named by one of the two ids.
    pub struct DimensionFilter {
        required {}
        optional {
            /// Core's number of the user.
            user_id: i64,
            /// The user's GUID.
            external_heat_id: String,
            /// Not before, ISO 8601.
            from: String,
            /// Not after, ISO 8601.
            to: String,
            /// With this name.
            dimension_name: String,
        }
    }
}

/// A null that is there is not the same as one that is not.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}
