//! Repeated rows of a record in words: what each says column by column, and what its links are called.

use crdt_schema::edit::Field;
use crdt_schema::record::{Kind, Row, RowCell, RowColumn, Rows, Shape};
use replica::Reader;
use serde_json::{Map, Value as Json, json};

use crate::call::Refusal;
use crate::calls::records::name_of;

/// Returns what the rows of a field are made of, if it has rows.
pub(super) fn rows_of(kind: Option<&str>, field: &str) -> Option<&'static Rows> {
    match Kind::parse(kind?)?.field(field)?.shape {
        Shape::Rows(rows) => Some(rows),
        _ => None,
    }
}

/// Returns the rows of a field in their order, each version of a row that was changed apart by itself. `term` is what stands in the list of
/// terms, with who wrote it.
pub(super) fn rows_json(reader: &Reader, rows: &Rows, field: &Field) -> Result<Json, Refusal> {
    let held = rows.held(field.terms.keys().map(String::as_str));
    let mut all = Vec::new();
    for row in &held.rows {
        for version in &row.versions {
            let cells = version.cells().iter();
            let cells: Map<String, Json> = cells
                .map(|(name, cell)| (name.clone(), cell.clone()))
                .collect();
            all.push(json!({
                "id": row.id,
                "versions": row.versions.len(),
                "cells": cells,
                "says": says(reader, rows, version)?,
                "term": version.term(),
            }));
        }
    }
    Ok(Json::Array(all))
}

/// Says a term of a field with rows; one that is no row, as it stands.
pub(super) fn said(reader: &Reader, rows: &Rows, term: &str) -> Result<String, Refusal> {
    match Row::parse(term) {
        Some(row) => says(reader, rows, &row),
        None => Ok(term.to_owned()),
    }
}

fn says(reader: &Reader, rows: &Rows, row: &Row) -> Result<String, Refusal> {
    let mut said = Vec::new();
    for column in rows.columns {
        if let Some(text) = cell(reader, row, column)? {
            said.push(format!("{}: {text}", column.wording.en));
        }
    }
    let others = row.others(rows).into_iter();
    said.extend(others.map(|(name, text)| format!("{name}: {text}")));
    Ok(said.join("; "))
}

fn cell(reader: &Reader, row: &Row, column: &RowColumn) -> Result<Option<String>, Refusal> {
    if let Some(record) = row.link(column) {
        let view = reader.record(&record)?;
        let name = view.map(|view| name_of(view.fields()));
        let id = record.to_string();
        return Ok(Some(match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} ({})", &id[..8]),
            None => id,
        }));
    }
    Ok(match row.cell(column) {
        RowCell::Empty => None,
        RowCell::Unread(text) => Some(text),
        RowCell::Value(_) => {
            let code = row.text(column.name).unwrap_or_default();
            let vocabulary = column.shape.vocabulary();
            let term = vocabulary.and_then(|vocabulary| vocabulary.term(code));
            Some(term.map_or(code, |term| term.wording.en).to_owned())
        }
    })
}
