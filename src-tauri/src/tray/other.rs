//! The tray of Windows and the menu bar of macOS, through Tauri.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager as _, Wry};
use throughline::api::dto::{BackgroundDto, BackgroundState};

use super::model::{Action, Item, menu, tooltip};
use crate::desktop::Desktop;

/// What each item of the present menu does, by its id.
type Actions = Arc<Mutex<BTreeMap<String, Action>>>;

/// The sign, where the system took it.
pub(super) struct Tray {
    icon: Option<TrayIcon<Wry>>,
    actions: Actions,
    /// A menu is made anew only when it changed: one that is open would close.
    shown: Vec<Item>,
}

impl Tray {
    #[expect(clippy::unused_async, reason = "the tray of Linux is waited for")]
    pub(super) async fn new(app: &AppHandle) -> Self {
        let actions = Actions::default();
        let chosen = Arc::clone(&actions);
        let icon = TrayIconBuilder::with_id("throughline")
            .icon(image(BackgroundState::NoSession))
            .tooltip("Throughline")
            .on_menu_event(move |app, event| {
                let chosen = chosen.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(action) = chosen.get(event.id().as_ref()).cloned() {
                    drop(chosen);
                    super::act(app, action);
                }
            })
            .build(app);
        let icon =
            icon.inspect_err(|error| tracing::info!(%error, "this desktop has no tray")).ok();
        app.state::<Desktop>().note_tray(icon.is_some());
        Self { icon, actions, shown: Vec::new() }
    }

    #[expect(clippy::unused_async, reason = "the tray of Linux is waited for")]
    pub(super) async fn show(&mut self, app: &AppHandle, background: BackgroundDto) {
        let Some(icon) = &self.icon else { return };
        // What the system refuses now it may take the next time.
        let _ = icon.set_icon(Some(image(background.state)));
        let _ = icon.set_tooltip(Some(format!("Throughline\n{}", tooltip(&background))));
        let items = menu(&background);
        if items == self.shown {
            return;
        }
        let mut actions = BTreeMap::new();
        if let Ok(made) = made(app, &items, &mut actions) {
            *self.actions.lock().unwrap_or_else(PoisonError::into_inner) = actions;
            if icon.set_menu(Some(made)).is_ok() {
                self.shown = items;
            }
        }
    }
}

fn made(
    app: &AppHandle,
    items: &[Item],
    actions: &mut BTreeMap<String, Action>,
) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for item in items {
        menu.append(&*line(app, item, actions)?)?;
    }
    Ok(menu)
}

fn line(
    app: &AppHandle,
    item: &Item,
    actions: &mut BTreeMap<String, Action>,
) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    Ok(match item {
        Item::Act { label, action } => {
            let id = format!("action-{}", actions.len());
            actions.insert(id.clone(), action.clone());
            Box::new(MenuItem::with_id(app, id, label, true, None::<&str>)?)
        }
        Item::Words(label) => Box::new(MenuItem::new(app, label, false, None::<&str>)?),
        Item::Separator => Box::new(PredefinedMenuItem::separator(app)?),
        Item::More { label, items } => {
            let more = Submenu::new(app, label, true)?;
            for item in items {
                more.append(&*line(app, item, actions)?)?;
            }
            Box::new(more)
        }
    })
}

/// The sign of a state. Each has a shape of its own, so that colour is not needed.
fn image(state: BackgroundState) -> Image<'static> {
    match state {
        BackgroundState::Running => tauri::include_image!("../icons/tray/running-64.png"),
        BackgroundState::Attention => tauri::include_image!("../icons/tray/attention-64.png"),
        BackgroundState::Halted => tauri::include_image!("../icons/tray/halted-64.png"),
        BackgroundState::NoSession => tauri::include_image!("../icons/tray/idle-64.png"),
    }
}
