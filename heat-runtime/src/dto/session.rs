use serde_json::Value;

use super::{Project, SessionDimension, SessionTemplate};

received! {
    /// A session: one run of a template's nodes for a project.
    pub struct Session {
        /// Its GUID.
        id: Option<String>,
        /// Its name.
        name: String,
        /// Whom it concerns.
        email: Option<String>,
        /// The project it belongs to.
        project_id: i64,
        /// That project.
        project: Option<Project>,
        /// The template it was made from.
        session_template_id: i64,
        /// That template.
        session_template: Option<SessionTemplate>,
        /// The simulation it is about.
        simulation_name: Option<String>,
        /// Its scenarios, where Core puts them in.
        scenarios: Option<Vec<Value>>,
        /// Its dimensions, where Core puts them in.
        dimensions: Option<Vec<Value>>,
        /// A picture for it.
        logo_url: Option<String>,
        /// The GUID of the user it belongs to.
        user_id: Option<String>,
        /// Text that goes with it, mostly JSON.
        metadata: Option<String>,
    }

    /// A user's part in a session.
    pub struct SessionUser {
        /// Core's id for it: a number or a GUID.
        id: Option<Value>,
        /// The session's GUID.
        session_id: Option<String>,
        /// Core's id of the user: a number or a GUID.
        user_id: Option<Value>,
        /// As `Trainee`.
        role: Option<String>,
        /// The user's group.
        grouping: Option<String>,
        /// Where the user comes from.
        source: Option<String>,
    }

    /// A scenario that was played in a session.
    pub struct ScenarioInstance {
        /// Core's GUID for it.
        id: Option<String>,
        /// The run of the simulation it belongs to.
        simulation_id: String,
        /// The session's GUID.
        session_id: String,
        /// Its name in the simulation.
        scenario_name: String,
        /// The simulation's GUID for it.
        scenario_instance_id: String,
        /// When it began, ISO 8601.
        from: String,
        /// When it ended, ISO 8601.
        to: String,
        /// Its dashboards.
        dimensions: Option<Vec<SessionDimension>>,
    }
}

sent! {
    /// A session, to create or to change. Core wants `name` and `session_template_id` of a new one; of an old one it changes name,
    /// email, simulation name, logo, user and metadata.
    pub struct SessionFields {
        required {}
        optional {
            /// Its name.
            name: String,
            /// Whom it concerns.
            email: String,
            /// The project it belongs to.
            project_id: i64,
            /// The template it is made from.
            session_template_id: i64,
            /// The simulation it is about.
            simulation_name: String,
            /// A picture for it.
            logo_url: String,
            /// The GUID of the user it belongs to.
            user_id: String,
            /// Text that goes with it, mostly JSON.
            metadata: String,
        }
    }

    /// A user to add to a session, named by one of the two ids.
    pub struct NewSessionUser {
        required {
            /// As `Trainee`.
            role: String,
        }
        optional {
            /// Core's number of the user.
            user_id: i64,
            /// The user's GUID.
            external_heat_id: String,
            /// The user's group.
            grouping: String,
            /// Where the user comes from.
            source: String,
        }
    }

    /// A scenario, to add or to change.
    pub struct ScenarioInstanceFields {
        required {}
        optional {
            /// The run of the simulation it belongs to.
            simulation_id: String,
            /// Its name in the simulation.
            scenario_name: String,
            /// The simulation's GUID for it; only of a new one.
            scenario_instance_id: String,
            /// When it began, ISO 8601.
            from: String,
            /// When it ended, ISO 8601.
            to: String,
        }
    }
}
