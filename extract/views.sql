-- The wide, human-shaped views: a column a figure. Column names are the codebook's keys, dots as underscores.
-- A test holds them against the forms: a line that no view shows is found out.

-- Table 二: one row a report. Figures of the other form are null.
CREATE VIEW proactive_disclosure AS
SELECT
  r.id AS report_id, r.issuing_body, b.division, r.report_year, r.scope, r.form,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'issued' THEN f.value END) AS rules_issued,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'repealed' THEN f.value END) AS rules_repealed,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'in_force' THEN f.value END) AS rules_in_force,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'issued' THEN f.value END) AS normative_documents_issued,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'repealed' THEN f.value END) AS normative_documents_repealed,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'in_force' THEN f.value END) AS normative_documents_in_force,
  MAX(CASE WHEN f.row_key = 'administrative_licences' AND f.column_key = 'decisions' THEN f.value END) AS administrative_licences_decisions,
  MAX(CASE WHEN f.row_key = 'administrative_penalties' AND f.column_key = 'decisions' THEN f.value END) AS administrative_penalties_decisions,
  MAX(CASE WHEN f.row_key = 'coercive_measures' AND f.column_key = 'decisions' THEN f.value END) AS coercive_measures_decisions,
  MAX(CASE WHEN f.row_key = 'administrative_fees' AND f.column_key = 'amount_10k_yuan' THEN f.value END) AS administrative_fees_amount_10k_yuan,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'newly_made' THEN f.value END) AS rules_newly_made,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'newly_disclosed' THEN f.value END) AS rules_newly_disclosed,
  MAX(CASE WHEN f.row_key = 'rules' AND f.column_key = 'total_disclosed' THEN f.value END) AS rules_total_disclosed,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'newly_made' THEN f.value END) AS normative_documents_newly_made,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'newly_disclosed' THEN f.value END) AS normative_documents_newly_disclosed,
  MAX(CASE WHEN f.row_key = 'normative_documents' AND f.column_key = 'total_disclosed' THEN f.value END) AS normative_documents_total_disclosed,
  MAX(CASE WHEN f.row_key = 'administrative_licences' AND f.column_key = 'items_previous_year' THEN f.value END) AS administrative_licences_items_previous_year,
  MAX(CASE WHEN f.row_key = 'administrative_licences' AND f.column_key = 'items_change' THEN f.value END) AS administrative_licences_items_change,
  MAX(CASE WHEN f.row_key = 'other_public_services' AND f.column_key = 'items_previous_year' THEN f.value END) AS other_public_services_items_previous_year,
  MAX(CASE WHEN f.row_key = 'other_public_services' AND f.column_key = 'items_change' THEN f.value END) AS other_public_services_items_change,
  MAX(CASE WHEN f.row_key = 'other_public_services' AND f.column_key = 'decisions' THEN f.value END) AS other_public_services_decisions,
  MAX(CASE WHEN f.row_key = 'administrative_penalties' AND f.column_key = 'items_previous_year' THEN f.value END) AS administrative_penalties_items_previous_year,
  MAX(CASE WHEN f.row_key = 'administrative_penalties' AND f.column_key = 'items_change' THEN f.value END) AS administrative_penalties_items_change,
  MAX(CASE WHEN f.row_key = 'coercive_measures' AND f.column_key = 'items_previous_year' THEN f.value END) AS coercive_measures_items_previous_year,
  MAX(CASE WHEN f.row_key = 'coercive_measures' AND f.column_key = 'items_change' THEN f.value END) AS coercive_measures_items_change,
  MAX(CASE WHEN f.row_key = 'administrative_fees' AND f.column_key = 'items_previous_year' THEN f.value END) AS administrative_fees_items_previous_year,
  MAX(CASE WHEN f.row_key = 'administrative_fees' AND f.column_key = 'items_change' THEN f.value END) AS administrative_fees_items_change,
  MAX(CASE WHEN f.row_key = 'central_procurement' AND f.column_key = 'projects' THEN f.value END) AS central_procurement_projects,
  MAX(CASE WHEN f.row_key = 'central_procurement' AND f.column_key = 'amount' THEN f.value END) AS central_procurement_amount
FROM reports AS r
JOIN bodies AS b ON b.id = r.body_id
JOIN facts AS f ON f.report_id = r.id AND f.table_key = 'proactive_disclosure'
GROUP BY r.id;

-- Table 三: one row a report and kind of applicants (`applicants` is the column's key; `total` is 总计).
CREATE VIEW requests AS
SELECT
  r.id AS report_id, r.issuing_body, b.division, r.report_year, r.scope, r.form,
  f.column_key AS applicants,
  MAX(CASE WHEN f.row_key = 'received' THEN f.value END) AS received,
  MAX(CASE WHEN f.row_key = 'carried_from_previous_year' THEN f.value END) AS carried_from_previous_year,
  MAX(CASE WHEN f.row_key = 'disclosed' THEN f.value END) AS disclosed,
  MAX(CASE WHEN f.row_key = 'partly_disclosed' THEN f.value END) AS partly_disclosed,
  MAX(CASE WHEN f.row_key = 'withheld.state_secrets' THEN f.value END) AS withheld_state_secrets,
  MAX(CASE WHEN f.row_key = 'withheld.prohibited_by_law' THEN f.value END) AS withheld_prohibited_by_law,
  MAX(CASE WHEN f.row_key = 'withheld.security_and_stability' THEN f.value END) AS withheld_security_and_stability,
  MAX(CASE WHEN f.row_key = 'withheld.third_party_rights' THEN f.value END) AS withheld_third_party_rights,
  MAX(CASE WHEN f.row_key = 'withheld.internal_affairs' THEN f.value END) AS withheld_internal_affairs,
  MAX(CASE WHEN f.row_key = 'withheld.process_information' THEN f.value END) AS withheld_process_information,
  MAX(CASE WHEN f.row_key = 'withheld.enforcement_files' THEN f.value END) AS withheld_enforcement_files,
  MAX(CASE WHEN f.row_key = 'withheld.administrative_queries' THEN f.value END) AS withheld_administrative_queries,
  MAX(CASE WHEN f.row_key = 'unable.not_held' THEN f.value END) AS unable_not_held,
  MAX(CASE WHEN f.row_key = 'unable.requires_creation' THEN f.value END) AS unable_requires_creation,
  MAX(CASE WHEN f.row_key = 'unable.request_unclear' THEN f.value END) AS unable_request_unclear,
  MAX(CASE WHEN f.row_key = 'not_processed.petitions' THEN f.value END) AS not_processed_petitions,
  MAX(CASE WHEN f.row_key = 'not_processed.repeat' THEN f.value END) AS not_processed_repeat,
  MAX(CASE WHEN f.row_key = 'not_processed.publications' THEN f.value END) AS not_processed_publications,
  MAX(CASE WHEN f.row_key = 'not_processed.excessive' THEN f.value END) AS not_processed_excessive,
  MAX(CASE WHEN f.row_key = 'not_processed.reconfirmation' THEN f.value END) AS not_processed_reconfirmation,
  MAX(CASE WHEN f.row_key = 'other_handling.not_clarified_in_time' THEN f.value END) AS other_handling_not_clarified_in_time,
  MAX(CASE WHEN f.row_key = 'other_handling.fee_unpaid' THEN f.value END) AS other_handling_fee_unpaid,
  MAX(CASE WHEN f.row_key = 'other_handling.other' THEN f.value END) AS other_handling_other,
  MAX(CASE WHEN f.row_key = 'outcomes_total' THEN f.value END) AS outcomes_total,
  MAX(CASE WHEN f.row_key = 'carried_to_next_year' THEN f.value END) AS carried_to_next_year,
  MAX(CASE WHEN f.row_key = 'other_handling' THEN f.value END) AS other_handling
FROM reports AS r
JOIN bodies AS b ON b.id = r.body_id
JOIN facts AS f ON f.report_id = r.id AND f.table_key = 'requests'
GROUP BY r.id, f.column_key;

-- Table 四: one row a report.
CREATE VIEW review_and_litigation AS
SELECT
  r.id AS report_id, r.issuing_body, b.division, r.report_year, r.scope, r.form,
  MAX(CASE WHEN f.row_key = 'reconsideration' AND f.column_key = 'upheld' THEN f.value END) AS reconsideration_upheld,
  MAX(CASE WHEN f.row_key = 'reconsideration' AND f.column_key = 'corrected' THEN f.value END) AS reconsideration_corrected,
  MAX(CASE WHEN f.row_key = 'reconsideration' AND f.column_key = 'other' THEN f.value END) AS reconsideration_other,
  MAX(CASE WHEN f.row_key = 'reconsideration' AND f.column_key = 'pending' THEN f.value END) AS reconsideration_pending,
  MAX(CASE WHEN f.row_key = 'reconsideration' AND f.column_key = 'total' THEN f.value END) AS reconsideration_total,
  MAX(CASE WHEN f.row_key = 'litigation_direct' AND f.column_key = 'upheld' THEN f.value END) AS litigation_direct_upheld,
  MAX(CASE WHEN f.row_key = 'litigation_direct' AND f.column_key = 'corrected' THEN f.value END) AS litigation_direct_corrected,
  MAX(CASE WHEN f.row_key = 'litigation_direct' AND f.column_key = 'other' THEN f.value END) AS litigation_direct_other,
  MAX(CASE WHEN f.row_key = 'litigation_direct' AND f.column_key = 'pending' THEN f.value END) AS litigation_direct_pending,
  MAX(CASE WHEN f.row_key = 'litigation_direct' AND f.column_key = 'total' THEN f.value END) AS litigation_direct_total,
  MAX(CASE WHEN f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'upheld' THEN f.value END) AS litigation_after_reconsideration_upheld,
  MAX(CASE WHEN f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'corrected' THEN f.value END) AS litigation_after_reconsideration_corrected,
  MAX(CASE WHEN f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'other' THEN f.value END) AS litigation_after_reconsideration_other,
  MAX(CASE WHEN f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'pending' THEN f.value END) AS litigation_after_reconsideration_pending,
  MAX(CASE WHEN f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'total' THEN f.value END) AS litigation_after_reconsideration_total
FROM reports AS r
JOIN bodies AS b ON b.id = r.body_id
JOIN facts AS f ON f.report_id = r.id AND f.table_key = 'review_and_litigation'
GROUP BY r.id;

-- The citable panel: one row a body and year, the figures most used, keyed by division code.
CREATE VIEW panel AS
SELECT
  b.division, r.body_id, r.issuing_body, b.level, b.kind, r.scope, r.report_year, r.form, r.id AS report_id,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'received' AND f.column_key = 'total') AS received,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'carried_from_previous_year' AND f.column_key = 'total') AS carried_from_previous_year,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'disclosed' AND f.column_key = 'total') AS disclosed,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'partly_disclosed' AND f.column_key = 'total') AS partly_disclosed,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'outcomes_total' AND f.column_key = 'total') AS outcomes_total,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'carried_to_next_year' AND f.column_key = 'total') AS carried_to_next_year,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'requests' AND f.row_key = 'received' AND f.column_key = 'natural_persons') AS received_natural_persons,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'review_and_litigation' AND f.row_key = 'reconsideration' AND f.column_key = 'total') AS reconsideration_total,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'review_and_litigation' AND f.row_key = 'reconsideration' AND f.column_key = 'corrected') AS reconsideration_corrected,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'review_and_litigation' AND f.row_key = 'litigation_direct' AND f.column_key = 'total') AS litigation_direct_total,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'review_and_litigation' AND f.row_key = 'litigation_after_reconsideration' AND f.column_key = 'total') AS litigation_after_reconsideration_total,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'administrative_licences' AND f.column_key = 'decisions') AS licence_decisions,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'administrative_penalties' AND f.column_key = 'decisions') AS penalty_decisions,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'coercive_measures' AND f.column_key = 'decisions') AS coercive_measure_decisions,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'administrative_fees' AND f.column_key = 'amount_10k_yuan') AS fees_10k_yuan,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'normative_documents' AND f.column_key = 'issued') AS normative_documents_issued,
  (SELECT f.value FROM facts AS f WHERE f.report_id = r.id AND f.table_key = 'proactive_disclosure' AND f.row_key = 'normative_documents' AND f.column_key = 'in_force') AS normative_documents_in_force,
  (SELECT COUNT(*) FROM issues AS i WHERE i.report_id = r.id AND i.severity = 'error') AS errors
FROM reports AS r
JOIN bodies AS b ON b.id = r.body_id;

-- Each portal as its last finished visit left it; `state` is why it needs a person: blocked, failed, zero (it lists nothing
-- where it did), fewer (a quarter less), never (crawled, though others of the registry were); null where all is well.
CREATE VIEW portal_states AS
WITH visits AS (
  SELECT portal, max(run_id) AS last,
    max(CASE WHEN verdict IN ('good', 'partial') AND alarm IS NULL THEN started_at END) AS last_good
  FROM portal_runs WHERE verdict IN ('good', 'partial', 'failed', 'blocked') GROUP BY portal
)
SELECT r.portal, p.name, r.run_id, r.started_at, v.last_good, r.verdict, r.reason,
  CASE WHEN r.verdict IN ('blocked', 'failed') THEN r.verdict ELSE r.alarm END AS state
FROM visits AS v JOIN portal_runs AS r ON r.portal = v.portal AND r.run_id = v.last LEFT JOIN portals AS p ON p.key = r.portal
UNION ALL
SELECT p.key, p.name, NULL, NULL, NULL, NULL, NULL, 'never' FROM portals AS p
WHERE p.key NOT IN (SELECT portal FROM visits) AND EXISTS (SELECT 1 FROM visits AS v JOIN portals AS q ON q.key = v.portal);

-- Which body has a report for which year: found, or vanished where all its addresses are gone. What was due is not known yet.
CREATE VIEW coverage AS
SELECT r.body_id, b.name AS issuing_body, b.division, b.level, b.kind, r.scope, r.report_year, 
  CASE WHEN r.vanished_on IS NULL THEN 'found' ELSE 'vanished' END AS status, r.id AS report_id
FROM reports AS r
JOIN bodies AS b ON b.id = r.body_id;
