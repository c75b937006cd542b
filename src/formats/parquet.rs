//! Parquet tables, written row by row: the same rows give the same bytes. Knows no index of views.

use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use std::io::Write;
use std::sync::Arc;

/// Rows of one row group: what the writer holds in memory, and what a reader skips at once.
const ROWS_PER_GROUP: usize = 8192;

/// Without a version: the bytes of an index are a function of its rows.
const CREATED_BY: &str = "genki";

/// A column's name and what its cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

/// None of the kinds has a "null".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Number,
    Texts,
    Numbers,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Number(f64),
    Texts(Vec<String>),
    Numbers(Vec<f64>),
}

/// Why a table cannot be written: its file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TableError(#[from] ParquetError);

/// Writes a table into `out`, group by group.
pub struct TableWriter<W: Write + Send> {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    pub fn new(out: W, columns: &[Column]) -> Result<TableWriter<W>, TableError> {
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.into())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        let schema = Arc::new(parse_message_type(&schema(columns))?);
        let file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
        Ok(TableWriter { columns: columns.to_vec(), rows: Vec::new(), file })
    }

    /// Adds a row: one cell a column, of its kind.
    ///
    /// # Panics
    /// On cells of other kinds: a bug of the caller.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), TableError> {
        let fits =
            row.len() == self.columns.len() && row.iter().zip(&self.columns).all(|(cell, c)| cell.kind() == c.kind);
        assert!(fits, "one cell a column, of its kind");
        self.rows.push(row);
        if self.rows.len() == ROWS_PER_GROUP {
            self.flush()?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<W, TableError> {
        self.flush()?;
        Ok(self.file.into_inner()?)
    }

    fn flush(&mut self) -> Result<(), TableError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (i, column) in self.columns.iter().enumerate() {
            write_column(&mut group, column.kind, self.rows.iter().map(|row| &row[i]))?;
        }
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}

impl Cell {
    fn kind(&self) -> Kind {
        match self {
            Cell::Text(_) => Kind::Text,
            Cell::Integer(_) => Kind::Integer,
            Cell::Number(_) => Kind::Number,
            Cell::Texts(_) => Kind::Texts,
            Cell::Numbers(_) => Kind::Numbers,
        }
    }
}

/// The table's schema in Parquet's own words.
fn schema(columns: &[Column]) -> String {
    let column = |c: &Column| {
        let list = |element: &str| {
            format!("required group {} (LIST) {{ repeated group list {{ required {element}; }} }}", c.name)
        };
        match c.kind {
            Kind::Text => format!("required binary {} (UTF8);", c.name),
            Kind::Integer => format!("required int64 {};", c.name),
            Kind::Number => format!("required double {};", c.name),
            Kind::Texts => list("binary element (UTF8)"),
            Kind::Numbers => list("double element"),
        }
    };
    format!("message schema {{ {} }}", columns.iter().map(column).collect::<Vec<_>>().join(" "))
}

fn write_column<'c, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    kind: Kind,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<(), TableError> {
    let text = |t: &str| ByteArray::from(t.as_bytes().to_vec());
    let mut integers = Vec::new();
    let mut texts = Vec::new();
    let mut numbers = Vec::new();
    let mut lengths = Vec::new();
    for cell in cells {
        match cell {
            Cell::Integer(value) => integers.push(*value),
            Cell::Text(value) => texts.push(text(value)),
            Cell::Number(value) => numbers.push(*value),
            Cell::Texts(values) => {
                texts.extend(values.iter().map(|t| text(t)));
                lengths.push(values.len());
            }
            Cell::Numbers(values) => {
                numbers.extend(values);
                lengths.push(values.len());
            }
        }
    }
    match kind {
        Kind::Integer => write_values::<Int64Type, W>(group, &integers, None),
        Kind::Text => write_values::<ByteArrayType, W>(group, &texts, None),
        Kind::Number => write_values::<DoubleType, W>(group, &numbers, None),
        Kind::Texts => write_values::<ByteArrayType, W>(group, &texts, Some(&lengths)),
        Kind::Numbers => write_values::<DoubleType, W>(group, &numbers, Some(&lengths)),
    }
}

/// `lengths`: of the lists that the values belong to.
fn write_values<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    lengths: Option<&[usize]>,
) -> Result<(), TableError> {
    // Dremel levels: an element is defined at level 1, the first of a list repeats at level 0; an empty list is one (0, 0).
    let levels = lengths.map(|lengths| {
        let definition = |&n: &usize| std::iter::repeat_n(i16::from(n > 0), n.max(1));
        let repetition = |&n: &usize| (0..n.max(1)).map(|i| i16::from(i > 0));
        let definitions: Vec<i16> = lengths.iter().flat_map(definition).collect();
        let repetitions: Vec<i16> = lengths.iter().flat_map(repetition).collect();
        (definitions, repetitions)
    });
    let (definitions, repetitions) = levels.as_ref().map(|(d, r)| (d.as_slice(), r.as_slice())).unzip();
    let mut column = group.next_column()?.expect("as many columns as the schema has");
    column.typed::<T>().write_batch(values, definitions, repetitions)?;
    column.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::RowAccessor as _;

    const COLUMNS: [Column; 4] = [
        Column { name: "key", kind: Kind::Text },
        Column { name: "n", kind: Kind::Integer },
        Column { name: "x", kind: Kind::Number },
        Column { name: "list", kind: Kind::Numbers },
    ];

    fn table(n_rows: usize) -> Vec<u8> {
        let mut table = TableWriter::new(Vec::new(), &COLUMNS).unwrap();
        for i in 0..n_rows {
            let list = (0..i % 3).map(|j| (i + j) as f64).collect();
            let row =
                vec![Cell::Text(format!("k{i}")), Cell::Integer(i as i64), Cell::Number(0.5), Cell::Numbers(list)];
            table.push(row).unwrap();
        }
        table.finish().unwrap()
    }

    #[test]
    fn rows_come_back_over_group_borders_with_lists_of_any_length() {
        let n = ROWS_PER_GROUP + 5;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&table(n)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), n);
        for (i, row) in rows.iter().enumerate() {
            assert_eq!(row.get_string(0).unwrap(), &format!("k{i}"));
            assert_eq!(row.get_long(1).unwrap(), i as i64);
            let list = row.get_list(3).unwrap().elements();
            assert_eq!(list.len(), i % 3);
        }
    }

    #[test]
    fn the_same_rows_are_the_same_bytes_and_other_rows_are_not() {
        assert_eq!(table(9), table(9));
        assert_ne!(table(9), table(10));
        assert!(!table(0).is_empty());
    }
}
